"""Names of new rows. People get time-ordered ids, so that pages of them keep their order."""

import secrets
import time
from uuid import UUID, uuid4

_RANDOM_BITS = 74
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> str:
    """A random id (UUID version 4)."""
    return str(uuid4())


def new_person_id() -> str:
    """A time-ordered id (UUID version 7, RFC 9562)."""
    millis = time.time_ns() // 1_000_000
    noise = secrets.randbits(_RANDOM_BITS)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return str(UUID(int=millis << 80 | _VERSION | high << 64 | _VARIANT | low))
