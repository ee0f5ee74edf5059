"""What a message was for, told to those who may not guess anybody's health from it."""

SENT_TO_ANYBODY = frozenset(
    {
        "ds.link",
        "ds.link_renewed",
        "ds.reminder",
        "ds.code",
        "ds.assistance_code",
        "ds.released",
        "ds.contacts_changed",
    }
)
"""Sent whatever was answered. Every other follows a yes, or would stand out among them."""
NEUTRAL = "ds.message"
_WAITED_FOR = frozenset({"ds.code", "ds.assistance_code"})
"""Somebody sits before the screen until it comes."""


def rank(template: str) -> int:
    """Its place in the tenant's line: the lower leaves first, however long the line is."""
    return 0 if template in _WAITED_FOR else 1


def purpose(template: str, *, clinical: bool) -> str:
    """The template's name; a neutral one for roles without clinical purpose (LGPD art. 11)."""
    return template if clinical or template in SENT_TO_ANYBODY else NEUTRAL
