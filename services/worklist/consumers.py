"""Facts that concern tasks, of every service that wants people."""

from contracts.health_declaration.tasks import (
    TaskAnswered,
    TaskSettled,
    TaskWaiting,
    TaskWanted,
)
from kit.db import Transaction
from kit.inbox import Handlers
from services.worklist.usecases import tasks


async def on_wanted(tx: Transaction, fact: TaskWanted) -> None:
    tx.collect(tasks.want, fact)


async def on_waiting(tx: Transaction, fact: TaskWaiting) -> None:
    # A task opened in this batch must be there to wait.
    await tx.flush()
    await tasks.wait(tx, fact)


async def on_answered(tx: Transaction, fact: TaskAnswered) -> None:
    await tx.flush()
    await tasks.answer(tx, fact)


async def on_settled(tx: Transaction, fact: TaskSettled) -> None:
    await tx.flush()
    await tasks.settle(tx, fact)


HANDLERS: Handlers = {
    TaskWanted: on_wanted,
    TaskWaiting: on_waiting,
    TaskAnswered: on_answered,
    TaskSettled: on_settled,
}
