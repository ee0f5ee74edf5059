"""Somebody joined a contract: a declaration is requested, or waived with its reason."""

from uuid import uuid4

from contracts.health_declaration.events import DeclarationRequested, DeclarationWaived
from contracts.registry.events import BeneficiaryEnrolled
from kit.db import Transaction
from services.health_declaration.models import Declaration, Waiver
from services.health_declaration.queries import people, rulebook
from services.health_declaration.rules.due import DueDecision, Joining, decide_due
from services.health_declaration.usecases import cases, respondents


async def decide(tx: Transaction, joined: BeneficiaryEnrolled) -> None:
    """Once per enrolment, whatever comes again."""
    if await cases.open_of_enrolment(tx, joined.enrolment_id) is not None:
        return
    if await tx.session.get(Waiver, (tx.tenant_id, joined.enrolment_id)) is not None:
        return
    book = await rulebook.current(tx)
    decision = await decided(tx, joined, book)
    if decision.due:
        await request(tx, joined, book)
    else:
        await waive(tx, joined, decision, book.version)


async def decided(
    tx: Transaction, joined: BeneficiaryEnrolled, book: rulebook.Rulebook
) -> DueDecision:
    """What these rules say of whoever joined."""
    return decide_due(await _joining(tx, joined), book.rules, book.calendar)


async def _joining(tx: Transaction, joined: BeneficiaryEnrolled) -> Joining:
    # The registry tells of a person before what they join: facts of one person keep their order.
    adopted = joined.adopted_on is not None
    return Joining(
        contract_kind=joined.contract_kind,
        contract_signed_on=joined.contract_signed_on,
        contract_lives=joined.contract_lives,
        role=joined.role,
        requested_on=joined.requested_on,
        linked_on=joined.linked_on,
        newborn_on=joined.newborn_on,
        adopted_on=joined.adopted_on,
        birth_on=await people.birth_on(tx, joined.person_id) if adopted else None,
        portability=joined.portability,
    )


async def request(tx: Transaction, joined: BeneficiaryEnrolled, book: rulebook.Rulebook) -> None:
    """A case of its own, and the link that invites whoever answers."""
    now = tx.now
    case = Declaration(
        tenant_id=tx.tenant_id,
        declaration_id=str(uuid4()),
        person_id=joined.person_id,
        respondent_id=joined.representative_person_id or joined.person_id,
        enrolment_id=joined.enrolment_id,
        enrolment_ref=joined.enrolment_ref,
        contract_kind=joined.contract_kind,
        joining_on=joined.joining_on,
        requested_at=now,
        rules_version=book.version,
        stage="invited",
        stage_since=now,
        coarse_since=now,
    )
    await cases.set_due(tx, case)
    tx.session.add(case)
    await tx.record(
        DeclarationRequested(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            enrolment_id=case.enrolment_id,
            rules_version=book.version,
        )
    )
    await respondents.invite(tx, case)


async def waive(
    tx: Transaction, joined: BeneficiaryEnrolled, decision: DueDecision, version: str
) -> None:
    """No declaration, and why; the reason that stands replaces the one before it."""
    reason = decision.reason
    waiver = Waiver(
        tenant_id=tx.tenant_id,
        enrolment_id=joined.enrolment_id,
        person_id=joined.person_id,
        rule_id=reason.rule_id,
        reason=f"{reason.code}: {reason.text}",
        rules_version=version,
        decided_at=tx.now,
    )
    await tx.session.merge(waiver)
    await tx.record(
        DeclarationWaived(
            tenant_id=tx.tenant_id,
            person_id=joined.person_id,
            enrolment_id=joined.enrolment_id,
            rule_id=reason.rule_id,
            rules_version=version,
        )
    )
