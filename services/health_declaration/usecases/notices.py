"""What proponents read first: a draft by one person, published by another, version by version."""

from contracts.health_declaration.cpt import NoticePublicationIn, NoticeVersion, NoticeVersionIn
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.gateways import reference
from services.health_declaration.models import NoticeRow
from services.health_declaration.queries.notices import shown
from services.health_declaration.usecases import second_person


async def draft(tx: Transaction, body: NoticeVersionIn) -> NoticeVersion:
    """Writes a draft; a version in force is never rewritten, since people acknowledged it.

    That of a placeholder is one too, for whoever acknowledged it before the tenant had its own.
    """
    loaded = await _row(tx, body.kind, body.version)
    published = loaded is not None and loaded.published_at is not None
    if published or reference.placeholder(body.kind, body.version) is not None:
        raise Conflict("Esta versão do texto já existe", "notice-exists")
    if loaded is not None and body.seen is not None:
        _expect_seen(loaded, body)
    if loaded is not None and (loaded.title, loaded.text) == (body.title, body.text):
        return shown(loaded)
    row = NoticeRow(
        tenant_id=tx.tenant_id,
        loaded_by=tx.actor or "",
        writers=second_person.joined(tx, loaded.writers if loaded else ()),
        loaded_at=tx.now,
        **body.model_dump(exclude={"seen"}),
    )
    row = await tx.session.merge(row)
    await tx.audit("notice.draft_saved", f"{body.kind}/{body.version}")
    return shown(row)


def _expect_seen(row: NoticeRow, body: NoticeVersionIn) -> None:
    """409 with who and when, where what was changed is not what stands."""
    stands = shown(row)
    if body.seen != stands.content_hash:
        raise Conflict(
            "O rascunho mudou desde que foi aberto",
            "stale-version",
            "Veja as duas versões antes de salvar.",
            changed_by=stands.author,
            changed_at=stands.created_at.isoformat(),
            content_hash=stands.content_hash,
        )


async def publish(tx: Transaction, body: NoticePublicationIn) -> NoticeVersion:
    """A second person puts a draft in force; asked twice by them it is done once."""
    row = await _row(tx, body.kind, body.version)
    if row is None:
        raise NotFound("Não há rascunho deste texto", "no-draft")
    second_person.expect(tx, row.writers, "Quem escreveu o texto não o publica")
    second_person.expect_read(shown(row).content_hash, body.content_hash)
    if row.published_at is None:
        row.approver, row.published_at = tx.actor, tx.now
        details = {"authors": row.writers, "content_hash": body.content_hash}
        await tx.audit("notice.published", f"{body.kind}/{body.version}", details=details)
    return shown(row)


async def _row(tx: Transaction, kind: str, version: str) -> NoticeRow | None:
    key = (tx.tenant_id, kind, version)
    return await tx.session.get(NoticeRow, key, with_for_update=True)
