"""Which files are taken, told by their names before anything else is looked at."""

import unicodedata
from collections.abc import Sequence

MOST_BYTES = 8 * 1024 * 1024
TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
_PROGRAMS = frozenset(
    (
        *("apk", "app", "bat", "chm", "cmd", "com", "cpl", "dll", "docm", "exe", "hta", "htm"),
        *("html", "iso", "jar", "js", "jse", "lnk", "msi", "pif", "ps1", "reg", "scr", "sh"),
        *("svg", "vb", "vbe", "vbs", "wsf", "xlsm", "xml"),
    )
)
_ALSO_WORDS = frozenset(("app", "com"))
"""Within a name they are parts of an address, as in "exame.com.pdf"; at its end a program's."""
_JOINERS = ("\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}")
_LONGEST = 120
LARGE = "O arquivo passa de 8 MB. Envie uma foto menor ou divida o documento."
EMPTY = "Escolha um arquivo que não esteja vazio."
PROGRAM = (
    "Pelo nome, este arquivo pode ser um programa, e não o aceitamos. Envie o PDF ou uma foto."
)
OTHER = "Aceitamos só PDF, JPG ou PNG. Se for outra coisa, tire uma foto ou salve como PDF."


def refusal(name: str, size: int) -> str:
    """Why a file is not taken; empty when it may be."""
    if not name or not size:
        return EMPTY
    if size > MOST_BYTES:
        return LARGE
    endings = [part.strip().lower() for part in name.split(".")[1:]]
    if _hides(name) or _runs(endings):
        return PROGRAM
    return "" if endings and endings[-1] in TYPES else OTHER


def _runs(endings: Sequence[str]) -> bool:
    """Whether the last ending is a program's, or one that poses as a document's right after it."""
    return bool(
        _PROGRAMS.intersection(endings[-1:])
        or (_PROGRAMS - _ALSO_WORDS).intersection(endings[-2:-1])
    )


def media_type(name: str) -> str:
    """Of a name that was not refused."""
    return TYPES[name.rpartition(".")[2].strip().lower()]


def shortened(name: str) -> str:
    """A name no longer than the service takes, its ending kept."""
    return name[-_LONGEST:]


def _hides(name: str) -> bool:
    """Whether it holds signs that are not seen, by which one ending is shown for another.

    Those that join the parts of an emoji, or of a syllable, turn nothing round.
    """
    hidden = (sign for sign in name if unicodedata.category(sign) in ("Cc", "Cf"))
    return any(sign not in _JOINERS for sign in hidden)
