"""An act on many tasks as its page shows it: how far it is, and what became of each."""

import asyncio
from dataclasses import dataclass

from contracts.worklist.bulk import BulkItem, BulkItems, BulkJob, Found
from services.console.queries.looking import Look
from services.console.rules.bulk import REFUSALS
from services.console.rules.sheets import sheet
from services.console.rules.words import called

SHOWN, AT_ONCE = 50, 200


@dataclass(frozen=True)
class Job:
    """The job with one page of its items."""

    job: BulkJob
    found: Found
    page: tuple[BulkItem, ...]
    next_cursor: str | None

    @property
    def percent(self) -> int:
        """How much of it is behind us."""
        return 100 * (self.job.total - self.job.waiting) // max(1, self.job.total)


async def job(look: Look, job_id: str, found: Found, cursor: str) -> Job:
    """As it stands now."""
    path = f"/bulk-jobs/{job_id}"
    told, items = await asyncio.gather(
        look.worklist.get(path, BulkJob),
        look.worklist.get(f"{path}/items", BulkItems, found=found, cursor=cursor, limit=SHOWN),
    )
    return Job(told, found, items.items, items.next_cursor)


async def failures(look: Look, job_id: str) -> str:
    """All that was refused, as a file."""
    rows: list[BulkItem] = []
    cursor: str | None = None
    while True:
        page = await look.worklist.get(
            f"/bulk-jobs/{job_id}/items", BulkItems, found="refused", cursor=cursor, limit=AT_ONCE
        )
        rows += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    header = ("Protocolo", "Tarefa", "Por que não", "Código")
    told = [(one.reference or "", one.task_id, why(one), one.code or "") for one in rows]
    return sheet(header, told)


def why(item: BulkItem) -> str:
    """Why it was refused, in words."""
    return called(REFUSALS, item.code)
