"""What a message was for, told to those who may not guess anybody's health from it."""

SENT_TO_ANYBODY = frozenset(
    {
        "ds.link",
        "ds.link_renewed",
        "ds.reminder",
        "ds.code",
        "ds.receipt",
        "ds.released",
        "ds.contacts_changed",
    }
)
"""Sent whatever was answered. Every other follows a yes, or would stand out among them."""
NEUTRAL = "ds.message"


def purpose(template: str, *, clinical: bool) -> str:
    """The template's name; a neutral one for roles without clinical purpose (LGPD art. 11)."""
    return template if clinical or template in SENT_TO_ANYBODY else NEUTRAL
