"""What a file sent by a person really is, and a name for it that cannot do harm."""

import re
import unicodedata

MAX_BYTES = 8 * 1024 * 1024
MOST_SENT = 20
"""Files a person may send for one declaration, so that nobody fills the disk: a product limit."""
_LONGEST_NAME = 100
_UNNAMED = "documento"
_BEGINNINGS = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def is_of_type(content: bytes, media_type: str) -> bool:
    """Whether the content begins as a file of the declared type must; False for other types."""
    beginning = _BEGINNINGS.get(media_type)
    return beginning is not None and content.startswith(beginning)


def safe_name(name: str) -> str:
    """The last part of a path, letters, digits, dot, dash and underscore only; never empty."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = re.sub(r"[^\w.\-]+", "_", last).strip("._-")
    return kept[:_LONGEST_NAME] or _UNNAMED
