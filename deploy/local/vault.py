"""Secrets of one stack: drawn once, kept in a file that only its owner reads."""

import base64
import json
import secrets
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey

from deploy.local.paths import read_json, write_json, write_text
from kit.crypto import Keks, new_key


class Vault:
    """Draws a secret the first time it is asked for and keeps it."""

    def __init__(self, run: Path) -> None:
        self._path = run / "secrets.json"
        self._issuer_key = run / "secrets" / "issuer.pem"
        self._keks = run / "secrets" / "kek"
        self._kept: dict[str, str] = read_json(self._path)

    def password(self, name: str) -> str:
        return self._keep(name, secrets.token_hex(24))

    def key(self, name: str) -> str:
        """32 random bytes in base64."""
        return self._keep(name, base64.b64encode(secrets.token_bytes(32)).decode())

    def kek_file(self) -> Path:
        """The keys of keys, in a file that every process reads."""
        if not self._keks.exists():
            write_text(self._keks, Keks("local-1", {"local-1": new_key()}).text())
        return self._keks

    def renew_kek(self) -> str:
        """A new key of keys before the one in use; anything older is forgotten. Its name."""
        keks = Keks.parse(self.kek_file().read_text())
        name = f"local-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        write_text(self._keks, keks.succeeded_by(name).text())
        return name

    def cluster(self) -> str:
        """Kafka's cluster id: 22 characters that do not begin with a dash."""
        drawn = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22]
        return self._keep("kafka_cluster", drawn.replace("-", "A"))

    def issuer_key_file(self) -> Path:
        """The issuer's RSA key as PEM, so that tokens outlive a restart."""
        if not self._issuer_key.exists():
            self._issuer_key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pem = private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            self._issuer_key.touch(0o600)
            self._issuer_key.write_bytes(pem)
        return self._issuer_key

    def partner_key(self) -> dict[str, Any]:
        """Our private JWK, to open what partners seal for us; its public part is given away."""
        drawn = ECKey.generate_key("P-256", {"use": "enc", "kid": "vinculo-1"}, private=True)
        kept: dict[str, Any] = json.loads(
            self._keep("partner_key", json.dumps(drawn.as_dict(private=True)))
        )
        return kept

    def _keep(self, name: str, drawn: str) -> str:
        if name not in self._kept:
            self._kept[name] = drawn
            write_json(self._path, self._kept)
        return self._kept[name]
