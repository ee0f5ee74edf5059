"""What binds people is written by one person, and put in force by another who read it."""

from collections.abc import Collection, Iterable

from kit.db import Transaction
from kit.errors import Conflict, Forbidden


def joined(tx: Transaction, writers: Iterable[str]) -> list[str]:
    """Those whose hand is in a draft, and now the caller's too."""
    return sorted({*writers, tx.actor or ""})


def expect(tx: Transaction, writers: Collection[str], title: str) -> None:
    """403 for whoever wrote any of it: a comma changed by another does not launder the rest."""
    if tx.actor in writers:
        raise Forbidden(title, "four-eyes", "A publicação precisa de uma segunda pessoa.")


def expect_read(stands: str, read: str) -> None:
    """409 when what stands is no longer what was read."""
    if stands != read:
        raise Conflict(
            "O rascunho mudou desde que foi lido",
            "draft-changed",
            "Leia de novo o rascunho antes de publicar.",
            content_hash=stands,
        )
