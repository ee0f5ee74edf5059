"""What happened to tasks, as facts told it."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from kit.db import Transaction
from services.worklist.models import Passage
from services.worklist.rules.pauses import Entry, Kind

SETTLED = "settled"


async def logs_of(tx: Transaction, task_ids: Iterable[str]) -> dict[str, list[Passage]]:
    """The log of each that has one, in order."""
    query = select(Passage).where(
        Passage.tenant_id == tx.tenant_id, col(Passage.task_id).in_(list(task_ids))
    )
    found: dict[str, list[Passage]] = {}
    for line in await tx.session.scalars(query.order_by(col(Passage.at), Passage.kind)):
        found.setdefault(line.task_id, []).append(line)
    return found


def entries_of(log: Sequence[Passage]) -> list[Entry]:
    """The log as the rules of pauses read it."""
    return [Entry(line.at, Kind(line.kind)) for line in log if line.kind != SETTLED]
