"""Enrolment files: the good lines go on, the bad ones come back as a file with their reasons."""

import asyncio
from collections import Counter
from itertools import batched

from contracts.registry import api
from kit.db import Transaction
from services.registry.models import EnrolmentFile
from services.registry.rules.enrolment import Limits
from services.registry.usecases import history, intake, tables
from services.registry.usecases.contracts import Changed, tell
from services.registry.usecases.ids import new_id

_AT_ONCE = 500
_SOURCE = "file"


async def receive(
    tx: Transaction, media_type: str, content: bytes, limits: Limits
) -> api.FileReceipt:
    """Applies a file in one transaction and counts what came of its lines."""
    # In threads: whoever else asks meanwhile is answered.
    read = await asyncio.to_thread(tables.read, media_type, content)
    file_id = new_id()
    sent = [
        intake.Sent(raw, intake.source_of(raw) or _SOURCE, file_id, number, errors)
        for number, (raw, errors) in enumerate(read, start=1)
    ]
    known = await asyncio.to_thread(intake.read, tx, sent)
    await intake.serialise(tx, known, limits)
    count: Counter[str] = Counter()
    alone: dict[str, None] = {}
    changed: Changed = {}
    for part in batched(known, _AT_ONCE):
        outcomes = await intake.apply(tx, part, limits, changed)
        count.update(outcome.outcome for outcome in outcomes)
        alone |= {one.enrolment_ref: None for one in outcomes if one.unrepresented}
    await tell(tx, changed)
    row = EnrolmentFile(
        tenant_id=tx.tenant_id,
        id=file_id,
        media_type=media_type,
        lines=len(sent),
        applied=count["applied"],
        duplicate=count["duplicate"],
        stale=count["stale"],
        rejected=count["rejected"],
        received_at=tx.now,
        received_by=tx.actor or history.OWN,
    )
    tx.session.add(row)
    told = {"file_id": row.id, "unrepresented": tuple(alone)}
    return api.FileReceipt.model_validate(row.model_dump() | told)
