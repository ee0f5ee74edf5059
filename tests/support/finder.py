"""Finds words in bytes whatever was done to them short of encryption with a secret key.

Words are sought in clear in any case, escaped, encoded, as digits without punctuation and as
unsalted hashes; what is compressed, and the text of PDFs, is opened and searched again.
"""

import base64
import io
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5, sha1, sha256
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

DEPTH = 3
MOST_OPENED, PIECE = 64 * 1024 * 1024, 16 * 1024
FEWEST_DIGITS = 8
PUNCTUATION = b".-/() \t\n"
HASHES = (md5, sha1, sha256)
GZIP, ZLIB = re.compile(rb"\x1f\x8b\x08"), re.compile(rb"\x78[\x01\x5e\x9c\xda]")
PDF = re.compile(rb"%PDF-.*?%%EOF", re.DOTALL)
ENCODED = re.compile(rb"(?:H4sI|JVBERi0|e[AFJN])[A-Za-z0-9+/_-]{20,}")
"""Base64 of what begins like gzip, PDF or zlib. Other base64 is found by its letters."""


@dataclass(frozen=True)
class Hit:
    """A word, how it was written and at which byte it, or what holds it, begins."""

    word: str
    how: str
    at: int


@dataclass(frozen=True)
class _Needle:
    word: str
    how: str
    content: bytes


class Finder:
    """Looks for the same words in many places.

    Where many texts share a word of their own, `words` may be that word alone and `hashed` the
    whole texts whose hashes are sought; without `hashed` they are those of the words.
    """

    def __init__(self, words: Iterable[str], hashed: Iterable[str] | None = None) -> None:
        self.words = tuple(words)
        needles = [needle for word in self.words for needle in _written(word)]
        for text in self.words if hashed is None else hashed:
            needles += _digests(text)
        self._exact = [n for n in needles if n.how.startswith(("base64", "raw"))]
        self._folded = [n for n in needles if not n.how.startswith(("base64", "raw", "digits"))]
        self._digits = [n for n in needles if n.how == "digits"]

    def search(self, content: bytes, depth: int = DEPTH) -> Iterator[Hit]:
        """Every form of every word, once each, at its first place."""
        yield from _found(self._exact, content)
        yield from _found(self._folded, content.lower())
        if self._digits:
            yield from _found(self._digits, content.translate(None, PUNCTUATION))
        if depth:
            for how, at, opened in _opened(content):
                for hit in self.search(opened, depth - 1):
                    yield Hit(hit.word, f"{hit.how} in {how}", at)

    def files(self, folder: Path, left_out: Iterable[str] = ()) -> Iterator[tuple[Path, Hit]]:
        """Every file below a folder; `left_out` are names of files and folders to pass over."""
        passed = set(left_out)
        for path in sorted(folder.rglob("*")):
            if passed.isdisjoint(path.relative_to(folder).parts) and path.is_file():
                # Servers make their files longer than what they hold.
                for hit in self.search(path.read_bytes().rstrip(b"\0")):
                    yield path, hit


def _written(word: str) -> Iterator[_Needle]:
    digits = _digits_of(word)
    if digits:
        yield _Needle(word, "digits", digits.encode())
    for text in {word, word.lower(), word.upper()}:
        yield from _plain(word, text, text.encode())


def _digests(word: str) -> Iterator[_Needle]:
    for text in {word, word.lower(), word.upper(), _digits_of(word)} - {""}:
        for kind in HASHES:
            digest = kind(text.encode()).digest()
            yield _Needle(word, f"{kind().name} hex", digest.hex().encode())
            yield _Needle(word, f"raw {kind().name}", digest)
            for coded in {base64.b64encode(digest), base64.urlsafe_b64encode(digest)}:
                yield _Needle(word, f"base64 {kind().name}", coded.rstrip(b"="))


def _digits_of(word: str) -> str:
    digits = re.sub(r"\D", "", word)
    return digits if len(digits) >= FEWEST_DIGITS and not re.search(r"[^\W\d_]", word) else ""


def _plain(word: str, text: str, raw: bytes) -> Iterator[_Needle]:
    # Lowering bytes touches ASCII only, so each spelling keeps its own accented letters.
    yield _Needle(word, "clear", raw.lower())
    yield _Needle(word, "escaped", json.dumps(text)[1:-1].encode().lower())
    yield _Needle(word, "quoted", urllib.parse.quote(text).encode().lower())
    yield _Needle(word, "quoted", urllib.parse.quote_plus(text).encode().lower())
    yield _Needle(word, "hex", raw.hex().encode())
    yield _Needle(word, "raw utf-16", text.encode("utf-16-le"))
    for shift in range(3):
        # The first and last letters mix with what stands beside the word: the middle does not.
        coded = base64.b64encode(b"\0" * shift + raw)
        inner = coded[(0, 2, 3)[shift] :].rstrip(b"=")
        inner = inner[: len(inner) - (1 if (shift + len(raw)) % 3 else 0)]
        yield _Needle(word, "base64", inner)
        yield _Needle(word, "base64 url", inner.replace(b"+", b"-").replace(b"/", b"_"))


def _found(needles: Iterable[_Needle], content: bytes) -> Iterator[Hit]:
    for needle in needles:
        at = content.find(needle.content)
        if at >= 0:
            yield Hit(needle.word, needle.how, at)


def _opened(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    # A view: copying the rest of a large file at each chance beginning would take minutes.
    view = memoryview(content)
    for pattern, how, window in ((GZIP, "gzip", 31), (ZLIB, "zlib", 15)):
        for match in pattern.finditer(content):
            if inflated := _inflated(view[match.start() :], window):
                yield how, match.start(), inflated
    for match in ENCODED.finditer(content):
        yield "base64", match.start(), _decoded(match.group())
    for match in PDF.finditer(content):
        yield "pdf", match.start(), _text(match.group())


def _inflated(content: memoryview, window: int) -> bytes:
    """What comes out, as far as it goes: what is cut short still tells its beginning."""
    opener = zlib.decompressobj(window)
    out = b""
    try:
        for at in range(0, len(content), PIECE):
            out += opener.decompress(content[at : at + PIECE])
            if opener.eof or len(out) > MOST_OPENED:
                break
    except zlib.error:
        return out
    return out


def _decoded(letters: bytes) -> bytes:
    plain = letters.replace(b"-", b"+").replace(b"_", b"/")
    return base64.b64decode(plain[: len(plain) - len(plain) % 4])


def _text(document: bytes) -> bytes:
    """Words as a reader sees them: fonts of a PDF may number their letters as they like."""
    try:
        reader = PdfReader(io.BytesIO(document))
        pages = "\n".join(page.extract_text() for page in reader.pages)
        return f"{pages}\n{dict(reader.metadata or {})}".encode()
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError):
        return b""
