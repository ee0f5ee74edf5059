"""What binds people is written by one person, and put in force by another who read it."""

from kit.db import Transaction
from kit.errors import Conflict, Forbidden


def expect(tx: Transaction, author: str, title: str) -> None:
    """403 for whoever wrote it."""
    if author == tx.actor:
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
