"""What proponents read first, loaded by the tenant, version by version."""

from contracts.health_declaration.cpt import NoticeVersionIn
from contracts.health_declaration.public import Notice
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.gateways import reference
from services.health_declaration.models import NoticeRow


async def load(tx: Transaction, body: NoticeVersionIn) -> Notice:
    """Adds a version; one that exists is never rewritten, since people acknowledged it.

    That of a placeholder exists too, for whoever acknowledged it before the tenant had its own.
    """
    key = (tx.tenant_id, body.kind, body.version)
    loaded = await tx.session.get(NoticeRow, key)
    if loaded is not None or reference.placeholder(body.kind, body.version) is not None:
        raise Conflict("Esta versão do texto já existe", "notice-exists")
    tx.session.add(
        NoticeRow(
            tenant_id=tx.tenant_id,
            kind=body.kind,
            version=body.version,
            title=body.title,
            text=body.text,
            loaded_by=tx.actor or "",
            loaded_at=tx.now,
        )
    )
    await tx.audit("notice.loaded", f"{body.kind}/{body.version}")
    return Notice(version=body.version, title=body.title, text=body.text)
