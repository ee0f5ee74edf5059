"""AES-256-GCM, and the key-encryption keys that wrap the data keys."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12


class Unreadable(ValueError):
    """The sealed bytes were changed, belong to something else or to another key."""


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return AESGCM.generate_key(KEY_BYTES * 8)


def seal_bytes(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt and authenticate; `aad` binds the result to the place it belongs to.

    The first byte is the version of the format. Raises ValueError when `key` is not 32 bytes.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + _cipher(key).encrypt(nonce, plaintext, aad)


def open_bytes(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt what `seal_bytes` made with the same key and `aad`; raises Unreadable otherwise."""
    if sealed[:1] != _FORMAT or len(sealed) <= len(_FORMAT) + _NONCE_BYTES:
        raise Unreadable("unknown format")
    body = sealed[len(_FORMAT) :]
    try:
        return _cipher(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], aad)
    except InvalidTag:
        raise Unreadable("authentication failed") from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("the key must have 32 bytes")
    return AESGCM(key)


@dataclass(frozen=True, repr=False)
class Keks:
    """Key-encryption keys by id; the first one wraps, all of them unwrap."""

    current: str
    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "id:base64,id:base64"; raises ValueError without repeating what was given."""
        pairs = [item.strip().partition(":") for item in text.split(",") if item.strip()]
        keys = {name: _decode(value) for name, _, value in pairs}
        if not pairs or len(keys) != len(pairs) or "" in keys:
            raise ValueError("expected a list of different key-encryption keys, id:base64")
        return cls(pairs[0][0], keys)

    def text(self) -> str:
        """The list as `parse` reads it, the current one first."""
        first = {self.current: self.keys[self.current]}
        pairs = (first | self.keys).items()
        return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in pairs)

    def succeeded_by(self, name: str) -> Self:
        """A new key that wraps from now on, and the one before it, which still unwraps."""
        return type(self)(name, {name: new_key(), self.current: self.keys[self.current]})

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a data key with the current key-encryption key."""
        return seal_bytes(self.keys[self.current], key, aad)

    def unwrap(self, kek_id: str, wrapped: bytes, aad: bytes) -> bytes:
        """Open a data key; raises Unreadable when its key-encryption key is not configured."""
        if kek_id not in self.keys:
            raise Unreadable(f"key-encryption key {kek_id!r} is not configured")
        return open_bytes(self.keys[kek_id], wrapped, aad)


class KekFile:
    """Key-encryption keys in a file, read again when it was replaced: keys change while all runs.

    It must be replaced at once (rename), as a mounted secret is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._keks: Keks

    def __call__(self) -> Keks:
        """The keys as they are now; OSError when the file is gone, ValueError when unreadable."""
        found = self._path.stat()
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen:
            self._keks = Keks.parse(self._path.read_text(encoding="ascii"))
            self._seen = seen
        return self._keks


def _decode(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError("a key-encryption key is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError("a key-encryption key must have 32 bytes")
    return key
