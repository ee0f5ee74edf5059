"""The case itself: loaded with its lock, moved from stage to stage, its conflicts told."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Integer, String, bindparam
from sqlmodel import col, select

from contracts.health_declaration.stages import ENDED, Stage, coarse
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.models import Declaration
from services.health_declaration.queries import rulebook, views
from services.health_declaration.rules.stages import schedule
from services.health_declaration.usecases import tasks

UNREPRESENTED: Stage = "unrepresented"
"""Nobody may answer for the minor who joins: a person of the operator finds out who does."""
BEFORE_SIGNATURE = frozenset({"invited", "filling"})
# Built once: it begins nearly every act.
_LOCKED = (
    select(Declaration)
    .where(
        Declaration.tenant_id == bindparam("tenant", type_=Integer),
        Declaration.declaration_id == bindparam("case", type_=String),
    )
    .with_for_update()
)
GONE = ENDED - {"integrated"}
"""Nothing is left to do or to read; whoever was released still reads what they signed."""


async def load(tx: Transaction, declaration_id: str, version: int | None = None) -> Declaration:
    """The case, locked until the commit; 409 with who and when if it moved on since `version`."""
    of = {"tenant": tx.tenant_id, "case": declaration_id}
    case = (await tx.session.execute(_LOCKED, of)).scalar_one_or_none()
    if case is None:
        raise NotFound()
    if version is not None and case.version != version:
        raise Conflict(
            "O caso mudou desde que foi aberto",
            "stale-version",
            "Recarregue o caso antes de decidir.",
            **(_who(case) | {"version": case.version} if views.tells_due(tx, case) else {}),
        )
    return case


def expect(tx: Transaction, case: Declaration, *stages: Stage) -> None:
    """409 unless the case stands at one of these stages; it tells no more than the case does."""
    if case.stage not in stages:
        raise Conflict(
            "O caso não está nesta etapa",
            "wrong-stage",
            "Esta ação não cabe na etapa em que o caso está.",
            stage=views.stage(tx, case),
            **(_who(case) if views.has_purpose(tx) else {}),
        )


def _who(case: Declaration) -> dict[str, Any]:
    """Who went on with the case, and when: after the signature that names analyst and auditor."""
    at = case.changed_at.isoformat() if case.changed_at else None
    return {"changed_by": case.changed_by, "changed_at": at}


def touch(tx: Transaction, case: Declaration) -> None:
    """Counts a decision on the case, with who and when."""
    case.version += 1
    case.changed_by = tx.actor
    case.changed_at = tx.now


async def move(tx: Transaction, case: Declaration, stage: Stage, cause: str | None = None) -> None:
    """Enters a stage now: its reminders start over and its first term is set.

    Here alone a stage changes, so here alone the people whom it wants are told.
    """
    before = cast(Stage, case.stage)
    kept = {before, stage} <= BEFORE_SIGNATURE
    case.stage = stage
    case.stage_since = tx.now
    if coarse(before) != coarse(stage):
        case.coarse_since = case.stage_since
    case.cause = cause
    if not kept:
        case.stage_step = case.paused_seconds = 0
    touch(tx, case)
    await set_due(tx, case)
    await tasks.tell(tx, case, before, stage)


async def set_due(tx: Transaction, case: Declaration) -> None:
    """Writes down when something falls due next, for whoever waits."""
    if case.stage in ENDED:
        case.due_at = None
        return
    book = await rulebook.pinned(tx, case.rules_version)
    coming = schedule(case.stage, since(case), book.terms(tx.zone))[case.stage_step :]
    case.due_at = coming[0].at if coming else None


def since(case: Declaration) -> datetime:
    """What the terms of the stage are counted from; a rectified form has its whole term again."""
    first = case.stage in BEFORE_SIGNATURE and case.answers_version == 1
    given_back = timedelta(seconds=case.paused_seconds)
    return (case.requested_at if first else case.stage_since) + given_back


async def open_of_enrolment(tx: Transaction, enrolment_id: str) -> Declaration | None:
    """The declaration of an enrolment, locked; None when there is none."""
    query = (
        select(Declaration)
        .where(Declaration.tenant_id == tx.tenant_id, col(Declaration.enrolment_id) == enrolment_id)
        .with_for_update()
    )
    return (await tx.session.execute(query)).scalars().one_or_none()
