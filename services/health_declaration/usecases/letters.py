"""The regulator's fixed letter, loaded by the tenant, version by version."""

from contracts.health_declaration.cpt import LetterVersionIn
from contracts.health_declaration.public import Letter
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import LetterRow


async def load(tx: Transaction, body: LetterVersionIn) -> Letter:
    """Adds a version; one that exists is never rewritten, since people acknowledged it."""
    if await tx.session.get(LetterRow, (tx.tenant_id, body.version)) is not None:
        raise Conflict("Esta versão da carta já existe", "letter-exists")
    tx.session.add(
        LetterRow(
            tenant_id=tx.tenant_id,
            version=body.version,
            title=body.title,
            text=body.text,
            loaded_by=tx.actor or "",
            loaded_at=tx.now,
        )
    )
    await tx.audit("letter.loaded", body.version)
    return Letter(version=body.version, title=body.title, text=body.text)
