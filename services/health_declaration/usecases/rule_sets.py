"""Rule sets as data: a draft by one person, checked, simulated, published by another."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter
from sqlmodel import col, func, select

from contracts.health_declaration.cpt import (
    CellError,
    DraftIn,
    PublicationIn,
    RuleSetName,
    RuleSetVersion,
    Simulation,
    Verdict,
)
from contracts.health_declaration.events import RuleSetPublished
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.gateways import reference
from services.health_declaration.models import Declaration, RuleSetRow
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.rule_sets import shown
from services.health_declaration.rules.cpt import CptTable
from services.health_declaration.rules.cpt_table import CptTableDocument, simulate, to_table
from services.health_declaration.rules.publication import (
    CellProblem,
    check_cpt_table,
    check_families,
    check_parameters,
    check_questionnaire,
    known_of,
)
from services.health_declaration.usecases import second_person

EXAMINED = 2000
"""How many of the latest declarations a simulation looks at."""


async def save_draft(tx: Transaction, name: RuleSetName, body: DraftIn) -> RuleSetVersion:
    """Writes the one draft of a rule set; who writes it last is its author."""
    row = await _draft(tx, name)
    version = await _latest_published(tx, name) + 1
    content = {**body.content, "version": version}
    if row is not None:
        await tx.session.delete(row)
        await tx.session.flush()
    row = RuleSetRow(
        tenant_id=tx.tenant_id,
        name=name,
        version=version,
        status="draft",
        content=content,
        cases=list(body.cases),
        author=tx.actor or "",
        created_at=tx.now,
    )
    tx.session.add(row)
    await tx.audit("rules.draft_saved", f"{name}@{version}")
    return shown(row)


async def check(tx: Transaction, name: RuleSetName) -> Verdict:
    """Whether the draft could be published now, and why not."""
    findings = await _findings(tx, await _existing_draft(tx, name))
    return Verdict(
        publishable=not findings,
        errors=tuple(CellError(where=one.where, reason=one.reason) for one in findings),
    )


async def publish(tx: Transaction, name: RuleSetName, body: PublicationIn) -> RuleSetVersion:
    """A second person publishes what they read; running cases keep the version they began with."""
    row = await _existing_draft(tx, name)
    second_person.expect(tx, row.author, "Quem escreveu a regra não a publica")
    second_person.expect_read(shown(row).content_hash, body.content_hash)
    findings = await _findings(tx, row)
    if findings:
        errors = [{"where": one.where, "reason": one.reason} for one in findings]
        raise Conflict("A regra ainda não pode ser publicada", "not-publishable", errors=errors)
    row.status, row.approver, row.published_at = "published", tx.actor, tx.now
    details = {"author": row.author, "content_hash": body.content_hash}
    await tx.audit("rules.published", f"{name}@{row.version}", details=details)
    await tx.record(RuleSetPublished(tenant_id=tx.tenant_id, name=name, version=row.version))
    return shown(row)


async def simulation(tx: Transaction, name: RuleSetName) -> Simulation:
    """What the draft would change over past declarations with confirmed CIDs."""
    row = await _existing_draft(tx, name)
    confirmed = await _confirmed(tx)
    if name != "cpt_table":
        return Simulation(examined=len(confirmed), changed=0, declarations=())
    before = (await rulebook.current(tx)).cpt_table
    changes = simulate(before, _table(row.content), confirmed)
    changed = sorted({change.declaration_id for change in changes})
    return Simulation(examined=len(confirmed), changed=len(changed), declarations=tuple(changed))


def _table(content: Mapping[str, Any]) -> CptTable:
    return to_table(TypeAdapter(CptTableDocument).validate_python(content))


async def _confirmed(tx: Transaction) -> dict[str, dict[str, Sequence[str]]]:
    query = (
        select(Declaration)
        .where(Declaration.tenant_id == tx.tenant_id, col(Declaration.opinion_sealed).is_not(None))
        .order_by(col(Declaration.signed_at).desc())
        .limit(EXAMINED)
    )
    found: dict[str, dict[str, Sequence[str]]] = {}
    for case in (await tx.session.execute(query)).scalars():
        opinion = await tx.open(case.person_id, cast(str, case.opinion_sealed))
        by_question: dict[str, list[str]] = {}
        for question, cid in opinion["confirmed"]:
            by_question.setdefault(question, []).append(cid)
        found[case.declaration_id] = dict(by_question)
    return found


async def _findings(tx: Transaction, row: RuleSetRow) -> tuple[CellProblem, ...]:
    """What is wrong with the draft, beside the sets in force it would join."""
    book = await rulebook.current(tx)
    known = known_of(reference.cid_table(), book.families, book.questions)
    if row.name == "parameters":
        return check_parameters(row.content, row.cases)
    if row.name == "questionnaire":
        return check_questionnaire(row.content, row.cases, book.rules, known)
    if row.name == "cpt_table":
        return check_cpt_table(row.content, row.cases, known, book.rules)
    return check_families(row.content, row.cases, reference.rol)


async def _existing_draft(tx: Transaction, name: str) -> RuleSetRow:
    row = await _draft(tx, name)
    if row is None:
        raise NotFound("Não há rascunho desta regra", "no-draft")
    return row


async def _draft(tx: Transaction, name: str) -> RuleSetRow | None:
    query = (
        select(RuleSetRow)
        .where(
            RuleSetRow.tenant_id == tx.tenant_id,
            RuleSetRow.name == name,
            RuleSetRow.status == "draft",
        )
        .with_for_update()
    )
    return (await tx.session.execute(query)).scalars().one_or_none()


async def _latest_published(tx: Transaction, name: str) -> int:
    query = select(func.max(RuleSetRow.version)).where(
        RuleSetRow.tenant_id == tx.tenant_id,
        RuleSetRow.name == name,
        RuleSetRow.status == "published",
    )
    return (await tx.session.execute(query)).scalar_one() or 1
