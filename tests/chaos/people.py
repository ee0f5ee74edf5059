"""People to register, as the bytes that a client sends: made before they are needed."""

import json
from datetime import date
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

from deploy.story import documents


class Registrations:
    """POST /people of one operator, each of somebody else and under a key of its own."""

    def __init__(self, url: str, token: str, seed: int) -> None:
        self._host = urlsplit(url).netloc
        self._token = token
        self._source = Random(seed)  # noqa: S311 - made-up people, not secrets

    def some(self, count: int) -> list[bytes]:
        """So many requests."""
        return [self._request() for _ in range(count)]

    def _request(self) -> bytes:
        body = json.dumps(self._person()).encode()
        key = UUID(int=self._source.getrandbits(128))
        head = (
            f"POST /people HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Authorization: Bearer {self._token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _person(self) -> dict[str, object]:
        source = self._source
        return {
            "full_name": documents.name(source),
            "birth_on": date(1950 + source.randrange(50), 1, 1).isoformat(),
            "cpf": documents.cpf(source),
            "mother_name": documents.name(source),
            "contacts": [{"channel": "whatsapp", "value": documents.phone(source)}],
        }
