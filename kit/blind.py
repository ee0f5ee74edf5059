"""Searching sealed identity: keyed hashes that tell equality and nothing else."""

import hmac

_DIGEST_BYTES = 16
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
