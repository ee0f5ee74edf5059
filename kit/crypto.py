"""AES-256-GCM, and the key-encryption keys that wrap the data keys."""

import base64
import os
from dataclasses import dataclass
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

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a data key with the current key-encryption key."""
        return seal_bytes(self.keys[self.current], key, aad)

    def unwrap(self, kek_id: str, wrapped: bytes, aad: bytes) -> bytes:
        """Open a data key; raises Unreadable when its key-encryption key is not configured."""
        if kek_id not in self.keys:
            raise Unreadable(f"key-encryption key {kek_id!r} is not configured")
        return open_bytes(self.keys[kek_id], wrapped, aad)


def _decode(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError("a key-encryption key is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError("a key-encryption key must have 32 bytes")
    return key
