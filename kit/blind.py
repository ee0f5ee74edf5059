"""Searching sealed identity: keyed hashes that tell equality and nothing else."""

import hmac
import unicodedata

_DIGEST_BYTES = 16
_SHORTEST_BEGINNING = 3
_KEY_BYTES = 32


class BlindIndex:
    """Digests of values under one secret key; without the key they cannot be guessed back."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _KEY_BYTES:
            raise ValueError("the index key must have at least 32 bytes")
        self._key = key

    def digest(self, kind: str, tenant_id: int, value: str) -> str:
        """32 hex digits, equal only for the same kind, tenant and value."""
        message = f"{kind}\0{tenant_id}\0{value}".encode()
        return hmac.digest(self._key, message, "sha256")[:_DIGEST_BYTES].hex()

    def digests(self, kind: str, tenant_id: int, values: set[str]) -> list[str]:
        """The digests of many values, sorted so that their order tells nothing."""
        return sorted(self.digest(kind, tenant_id, value) for value in values)


def words(text: str) -> list[str]:
    """The words of a text without accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char if char.isalnum() else " " for char in bare).split()


def beginnings(text: str) -> set[str]:
    """Every word and every beginning of a word of at least three letters."""
    return {
        word[:length]
        for word in words(text)
        for length in range(min(_SHORTEST_BEGINNING, len(word)), len(word) + 1)
    }
