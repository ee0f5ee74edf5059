"""A CPT from the signed term to its end. In force on d when starts_on <= d < ends_on."""

from collections import defaultdict
from datetime import date
from typing import Any, Literal
from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration.events import CptChanged, CptEnded, CptStarted
from kit.db import Transaction
from services.health_declaration.models import Cpt, Declaration, Term
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.cpt import add_months
from services.health_declaration.usecases import erp

EndReason = Literal["term", "cancelled", "deceased", "waived"]


async def start(tx: Transaction, case: Declaration, content: dict[str, Any], term: Term) -> None:
    """One CPT per set of families and months: joining others would restrict more than was signed.

    Each is reported to the ERP.
    """
    groups: dict[tuple[int, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for item in content["items"]:
        groups[item["months"], tuple(sorted(item["families"]))].append(item)
    book = await rulebook.pinned(tx, case.rules_version)
    for (months, families), items in sorted(groups.items()):
        fixed = {
            "items": items,
            "tuss": book.families.suspended_by(families),
            "bed": not book.families.bed_families.isdisjoint(families),
        }
        await _start(tx, case, term, months, fixed)


async def _start(
    tx: Transaction, case: Declaration, term: Term, months: int, fixed: dict[str, Any]
) -> None:
    cpt = Cpt(
        tenant_id=tx.tenant_id,
        cpt_id=str(uuid4()),
        declaration_id=case.declaration_id,
        person_id=case.person_id,
        enrolment_id=case.enrolment_id,
        enrolment_ref=case.enrolment_ref,
        starts_on=case.joining_on,
        ends_on=add_months(case.joining_on, months),
        months=months,
        content_sealed=await tx.seal(case.person_id, fixed),
        term_sha256=term.sha256,
        rules_version=case.rules_version,
        created_at=tx.now,
    )
    tx.session.add(cpt)
    await tx.record(_fact(CptStarted, cpt))
    await erp.report(tx, cpt)


def _fact(kind: type[CptStarted], cpt: Cpt) -> CptStarted:
    return kind(
        tenant_id=cpt.tenant_id,
        cpt_id=cpt.cpt_id,
        person_id=cpt.person_id,
        declaration_id=cpt.declaration_id,
        starts_on=cpt.starts_on,
        ends_on=cpt.ends_on,
    )


async def move(tx: Transaction, enrolment_id: str, joining_on: date) -> None:
    """Counts the CPTs of an enrolment again from another joining date."""
    for cpt in await _in_force(tx, col(Cpt.enrolment_id) == enrolment_id):
        cpt.starts_on = joining_on
        cpt.ends_on = add_months(joining_on, cpt.months)
        cpt.revision += 1
        await tx.record(_fact(CptChanged, cpt))
        await erp.report(tx, cpt)


async def end_of_enrolment(
    tx: Transaction, enrolment_id: str, reason: Literal["cancelled", "deceased"], ended_on: date
) -> None:
    """Ends the CPTs of an enrolment that ended."""
    for cpt in await _in_force(tx, col(Cpt.enrolment_id) == enrolment_id):
        await _end(tx, cpt, reason, ended_on)


async def lift(tx: Transaction, case: Declaration) -> list[str]:
    """Ends today every CPT of a case; which ones were in force."""
    lifted = await _in_force(tx, col(Cpt.declaration_id) == case.declaration_id)
    for cpt in lifted:
        await _end(tx, cpt, "waived", tx.today)
    return [cpt.cpt_id for cpt in lifted]


async def end_in_time(tx: Transaction, cpt: Cpt) -> None:
    """Its months are over."""
    await _end(tx, cpt, "term", cpt.ends_on)


async def _end(tx: Transaction, cpt: Cpt, reason: EndReason, ended_on: date) -> None:
    cpt.status = "ended"
    cpt.end_reason = reason
    cpt.ends_on = min(cpt.ends_on, max(ended_on, cpt.starts_on))
    cpt.revision += 1
    await tx.record(
        CptEnded(
            tenant_id=tx.tenant_id,
            cpt_id=cpt.cpt_id,
            person_id=cpt.person_id,
            declaration_id=cpt.declaration_id,
            ended_on=cpt.ends_on,
            reason="cancelled" if reason == "waived" else reason,
            waived=reason == "waived",
        )
    )
    await erp.report(tx, cpt)


async def _in_force(tx: Transaction, which: Any) -> list[Cpt]:
    query = (
        select(Cpt)
        .where(Cpt.tenant_id == tx.tenant_id, Cpt.status == "in_force", which)
        .order_by(col(Cpt.ends_on), Cpt.cpt_id)
        .with_for_update()
    )
    return list((await tx.session.execute(query)).scalars())
