"""Files of a case as staff reads them."""

import base64

from sqlmodel import col, select

from contracts.health_declaration.desk import FileView
from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.models import Declaration, Document


async def of_case(tx: Transaction, case: Declaration) -> tuple[FileView, ...]:
    """What came and was scanned, oldest first; contents stay sealed."""
    query = (
        select(Document)
        .where(Document.tenant_id == tx.tenant_id, Document.declaration_id == case.declaration_id)
        .order_by(col(Document.received_at), col(Document.document_id))
    )
    rows = (await tx.session.execute(query)).scalars().all()
    return tuple([await _view(tx, case, row) for row in rows])


async def content(tx: Transaction, case: Declaration, document_id: str) -> tuple[bytes, str]:
    """The bytes of one file of the case and their media type; audited."""
    row = await tx.session.get(Document, (tx.tenant_id, document_id))
    if row is None or row.declaration_id != case.declaration_id:
        raise NotFound()
    await tx.audit("clinical.read", case.declaration_id, details={"document": document_id})
    return base64.b64decode(await tx.open(case.person_id, row.content_sealed)), row.media_type


async def _view(tx: Transaction, case: Declaration, row: Document) -> FileView:
    return FileView(
        document_id=row.document_id,
        name=await tx.open(case.person_id, row.name_sealed),
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        received_at=row.received_at,
        received_by=row.received_by,
    )
