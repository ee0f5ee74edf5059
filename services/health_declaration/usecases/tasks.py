"""What a move between stages wants of people, told to the worklist in the same transaction."""

from uuid import NAMESPACE_URL, uuid5

from contracts.health_declaration.stages import Stage
from contracts.health_declaration.tasks import TaskAnswered, TaskSettled, TaskWaiting, TaskWanted
from contracts.worklist.events import Outcome
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.rules.people_wanted import Work, turn
from services.health_declaration.usecases import history


async def tell(tx: Transaction, case: Declaration, before: Stage, after: Stage) -> None:
    """Settles the task of the stage that was left and opens that of the one entered.

    A case of before there were tasks has none open: it is told as if it came from nowhere.
    """
    told = turn(before if case.task_id else None, after)
    if told.settles is not None:
        await _settle(tx, case, told.settles)
    if told.wants is not None:
        await _want(tx, case, told.wants)
    if told.waits is not None:
        kind = TaskWaiting if told.waits else TaskAnswered
        await tx.record(
            kind(tenant_id=tx.tenant_id, task_id=_open(case), subject_id=case.declaration_id)
        )


async def _settle(tx: Transaction, case: Declaration, outcome: Outcome) -> None:
    await tx.record(
        TaskSettled(
            tenant_id=tx.tenant_id,
            task_id=_open(case),
            subject_id=case.declaration_id,
            outcome=outcome,
        )
    )
    case.task_id = None


async def _want(tx: Transaction, case: Declaration, work: Work) -> None:
    # Each move counts as a decision, so no two tasks of a case are made from the same number.
    case.task_id = str(uuid5(NAMESPACE_URL, f"{case.declaration_id}/{case.version}"))
    await tx.record(
        TaskWanted(
            tenant_id=tx.tenant_id,
            task_id=case.task_id,
            subject_id=case.declaration_id,
            person_id=case.person_id,
            reference=case.protocol,
            queue=work.queue,
            form=work.form,
            skill=work.skill,
            barred=await _barred(tx, case) if work.by_another else (),
        )
    )


async def _barred(tx: Transaction, case: Declaration) -> tuple[str, ...]:
    """Who would be refused by the audit itself; a process and a partner have no name to bar."""
    return tuple(sorted(who for who in await history.involved(tx, case) if who))


def _open(case: Declaration) -> str:
    return str(case.task_id)
