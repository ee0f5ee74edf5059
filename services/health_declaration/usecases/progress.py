"""What a process asks for: do what is due at `now`, once, and tell when to ask again."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlmodel import col, func, select

from contracts.health_declaration.events import (
    DeadlineMissed,
    DeclarationExpired,
    DeclarationReferred,
)
from contracts.health_declaration.process import NextStep
from contracts.health_declaration.stages import ENDED, Stage
from contracts.ops import DueMoment
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.stages import (
    Action,
    Due,
    due_on,
    overtaken,
    sale_ends,
    schedule,
    waiting_on,
)
from services.health_declaration.usecases import (
    cancellations,
    cases,
    cpt_clock,
    interviews,
    links,
)

REMINDERS = {
    "documents": "ds.documents_request",
    "offer": "ds.offer",
    "term": "ds.term",
}
AFTER_REFERRAL: dict[str, Stage] = {"offer": "negotiation", "term": "negotiation"}


async def advance(tx: Transaction, declaration_id: str, now: datetime) -> NextStep:
    """Acts on every moment that fell due, in order."""
    tx.as_of(now)
    case = await cases.load(tx, declaration_id)
    while (due := await _next(tx, case)) is not None and due.at <= now:
        await _ACTIONS[due.action](tx, case)
    watched = await _watch_sale(tx, case)
    case.due_at = await _next_moment(tx, case, [due.at if due else None, watched])
    return NextStep(
        stage=case.stage,
        due_at=case.due_at,
        waiting_on=waiting_on(case.stage),
        ended=case.stage in ENDED,
    )


async def _next(tx: Transaction, case: Declaration) -> Due | None:
    if case.stage in ENDED:
        return None
    await interviews.act_on_due(tx, case)
    book = await rulebook.pinned(tx, case.rules_version)
    coming = schedule(case.stage, cases.since(case), book.terms(tx.zone))[case.stage_step :]
    skipped = overtaken(coming, tx.now)
    case.stage_step += skipped
    if not coming:
        return None
    # Nobody loses the term to sign while a talk that comes first waits for the operator.
    held = coming[skipped].action is Action.EXPIRE and await interviews.operator_owes(tx, case)
    return None if held else coming[skipped]


async def _next_moment(
    tx: Transaction, case: Declaration, moments: list[datetime | None]
) -> datetime | None:
    """The earliest of what the stage, the whole sale and an interview have coming."""
    if case.stage in ENDED:
        return None
    known = [*moments, await interviews.next_due(tx, case)]
    return min((moment for moment in known if moment is not None), default=None)


async def _watch_sale(tx: Transaction, case: Declaration) -> datetime | None:
    """When the whole takes too long; told once, whatever stage it stands at then."""
    if case.sale_told or case.stage in ENDED or case.stage == "released":
        return None
    book = await rulebook.pinned(tx, case.rules_version)
    ends_at = sale_ends(case.requested_at, book.terms(tx.zone))
    if tx.now < ends_at:
        return ends_at
    case.sale_told = True
    await _miss(tx, case, "sale", 1)
    return None


async def _remind(tx: Transaction, case: Declaration) -> None:
    case.stage_step += 1
    # The secret of the former link is not kept, so a reminder always brings a fresh one.
    await _send_link(tx, case, "ds.reminder")


async def invite_anew(tx: Transaction, case: Declaration) -> None:
    """Somebody else answers what was signed: what the stage waits for is asked of them."""
    if waiting_on(case.stage) == "proponent":
        await _send_link(tx, case, "ds.link_renewed")


async def _send_link(tx: Transaction, case: Declaration, otherwise: str) -> None:
    """In the words of the stage, or with this template where it has none."""
    if case.stage == "interview_to_schedule":
        await links.issue(tx, case, "ds.interview_offer")
    elif case.stage not in REMINDERS:
        await links.issue(tx, case, otherwise)
    else:
        book = await rulebook.pinned(tx, case.rules_version)
        until = due_on(case.stage, case.stage_since, book.terms(tx.zone))
        await links.issue(tx, case, REMINDERS[case.stage], {"due_on": until.isoformat()})


async def _escalate(tx: Transaction, case: Declaration) -> None:
    case.stage_step += 1
    await _miss(tx, case, case.stage, case.stage_step)


async def _miss(tx: Transaction, case: Declaration, stage: str, level: int) -> None:
    await tx.record(
        DeadlineMissed(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            stage=stage,
            level=level,
        )
    )


async def _refer(tx: Transaction, case: Declaration) -> None:
    cause = f"{case.stage}_late"
    await cases.move(tx, case, AFTER_REFERRAL.get(case.stage, "analysis"), cause)
    await tx.record(
        DeclarationReferred(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            cause=cause,
            rules_version=case.rules_version,
        )
    )


async def _expire(tx: Transaction, case: Declaration) -> None:
    await cancellations.end(tx, case, "expired", "not_signed")
    await tx.record(
        DeclarationExpired(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
        )
    )


_ACTIONS: dict[Action, Callable[[Transaction, Declaration], Awaitable[None]]] = {
    Action.REMIND: _remind,
    Action.ESCALATE: _escalate,
    Action.REFER: _refer,
    Action.EXPIRE: _expire,
}


async def next_due(tx: Transaction) -> DueMoment:
    """The first moment at which something of the tenant falls due."""
    declarations = select(func.min(Declaration.due_at)).where(
        Declaration.tenant_id == tx.tenant_id, col(Declaration.due_at).is_not(None)
    )
    first = (await tx.session.execute(declarations)).scalar_one()
    known = [moment for moment in (first, await cpt_clock.next_due(tx)) if moment is not None]
    return DueMoment(due_at=min(known) if known else None)
