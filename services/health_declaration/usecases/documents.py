"""Files of a case: what the proponent sends when asked, and scans made at the desk."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from uuid import uuid4

from sqlmodel import col, func, select

from contracts.health_declaration import public
from contracts.health_declaration.events import DocumentsReceived
from kit.db import Transaction
from kit.errors import Conflict, NotFound, Problem, Refused, title_of
from services.health_declaration.models import Declaration, Document, DocumentRequest
from services.health_declaration.rules.files import MAX_BYTES, MOST_SENT, is_of_type, safe_name
from services.health_declaration.usecases import access, cases

TAKES_FILES = frozenset({"documents", "analysis"})


@dataclass(frozen=True)
class File:
    """A file as it came."""

    name: str
    media_type: str
    content: bytes
    typed_by: str | None = None
    """The employee who sent it for the proponent."""


def decoded(content_base64: str) -> bytes:
    """The bytes of a file; 422 when it is not base64."""
    try:
        return base64.b64decode(content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise _refused("O conteúdo não é base64 válido.") from None


async def keep(
    tx: Transaction, case: Declaration, file: File, request_id: str | None = None
) -> Document:
    """Keeps a file, sealed, once it is what it says it is and not too large."""
    if len(file.content) > MAX_BYTES:
        raise Problem(413, title_of(413), "document-too-large", "O limite é de 8 MB por arquivo.")
    if not is_of_type(file.content, file.media_type):
        raise _refused("O conteúdo não é do tipo declarado.")
    row = Document(
        tenant_id=tx.tenant_id,
        document_id=str(uuid4()),
        declaration_id=case.declaration_id,
        request_id=request_id,
        name_sealed=await tx.seal(case.person_id, safe_name(file.name)),
        media_type=file.media_type,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content_sealed=await tx.seal(case.person_id, base64.b64encode(file.content).decode()),
        received_at=tx.now,
        received_by=file.typed_by or tx.actor,
    )
    tx.session.add(row)
    await tx.audit("document.received", case.declaration_id, details={"id": row.document_id})
    return row


def _refused(reason: str) -> Refused:
    errors = [{"field": "content_base64", "reason": reason}]
    return Refused(code="document-refused", errors=errors)


async def view(visit: access.Visit) -> public.DocumentRequestView:
    """What the operator asked for last; 404 when nothing was."""
    tx = visit.tx
    case = await access.seen(visit)
    request = await _newest(tx, case)
    if request is None:
        raise NotFound("Nenhum documento foi pedido")
    await access.note_reading(visit)
    return await _shown(tx, case, request)


async def receive(visit: access.Visit, body: public.DocumentIn) -> public.DocumentRequestView:
    """Takes one file; the first one answers the request, more may follow while it is analysed."""
    tx = visit.tx
    case = await access.case_of(visit)
    request = await _newest(tx, case)
    if request is None or case.stage not in TAKES_FILES:
        raise Conflict(
            "Nenhum documento é esperado", "no-request", "A operadora não espera documentos agora."
        )
    if await _sent(tx, case) >= MOST_SENT:
        raise Conflict(
            "Já recebemos documentos demais",
            "too-many-documents",
            f"O limite é de {MOST_SENT} arquivos por declaração; fale com a operadora.",
        )
    file = File(body.name, body.media_type, decoded(body.content_base64), visit.assisted_by)
    await keep(tx, case, file, request.request_id)
    if case.stage == "documents":
        await _answered(tx, case, request)
    return await _shown(tx, case, request)


async def _answered(tx: Transaction, case: Declaration, request: DocumentRequest) -> None:
    request.answered_at = tx.now
    await cases.move(tx, case, "analysis", "documents_received")
    await tx.record(
        DocumentsReceived(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            request_id=request.request_id,
        )
    )


async def _sent(tx: Transaction, case: Declaration) -> int:
    """Files that came as answers; what was scanned at the desk answers no request."""
    query = (
        select(func.count())
        .select_from(Document)
        .where(
            Document.tenant_id == tx.tenant_id,
            Document.declaration_id == case.declaration_id,
            col(Document.request_id).is_not(None),
        )
    )
    return (await tx.session.execute(query)).scalar_one()


async def _newest(tx: Transaction, case: Declaration) -> DocumentRequest | None:
    query = (
        select(DocumentRequest)
        .where(
            DocumentRequest.tenant_id == tx.tenant_id,
            DocumentRequest.declaration_id == case.declaration_id,
        )
        .order_by(col(DocumentRequest.requested_at).desc())
        .limit(1)
    )
    return (await tx.session.execute(query)).scalars().one_or_none()


async def _shown(
    tx: Transaction, case: Declaration, request: DocumentRequest
) -> public.DocumentRequestView:
    items = await tx.open(case.person_id, request.items_sealed)
    return public.DocumentRequestView(
        request_id=request.request_id,
        items=tuple(items),
        due_on=request.due_on,
        answered=request.answered_at is not None,
    )
