"""Lists taken out of the house: kept in the trail, with what was asked for and how much it was."""

from uuid import uuid4

from contracts.worklist.api import Export, ExportIn
from kit.db import Transaction


async def note(tx: Transaction, wish: ExportIn) -> Export:
    """Before anybody has the list; a trail that cannot be written stops the export."""
    export_id = str(uuid4())
    asked = wish.query.model_dump(mode="json", exclude_defaults=True)
    if "reference" in asked:
        # Typed by somebody, it may be anything.
        asked["reference"] = "typed"
    details = {"query": asked, "columns": list(wish.columns), "rows": wish.rows}
    await tx.audit("tasks.exported", export_id, details=details)
    return Export(export_id=export_id)
