"""The ERP's own key pair and how it opens what it is sent, with a stock JOSE library."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


class Unopenable(Exception):
    """The JWE is not for this key, or was changed."""


class ErpKey:
    """A private key; what it opened is remembered, as a table of the ERP would."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self.open = lru_cache(maxsize=20_000)(self._open)

    def public_jwk(self) -> dict[str, Any]:
        """What may be given to others."""
        return {**self._key.as_dict(private=False), "use": "enc"}

    def _open(self, token: str) -> bytes:
        try:
            opened = jwe.decrypt_compact(token, self._key, algorithms=ALGORITHMS).plaintext
        except (JoseError, ValueError) as failure:
            raise Unopenable from failure
        if opened is None:
            raise Unopenable
        return opened


def load(path: Path) -> ErpKey:
    """The key of the file, drawn and kept the first time; processes may come at once."""
    try:
        return ErpKey(ECKey.import_key(json.loads(path.read_text())))
    except FileNotFoundError:
        _draw(path)
        return load(path)


def _draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"kid": "notus-1"}, private=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.touch(0o600)
    half.write_text(json.dumps(key.as_dict(private=True)))
    try:
        # Whoever links first wins: two processes must not end with different keys.
        os.link(half, path)
    except FileExistsError:
        return
    finally:
        half.unlink()
