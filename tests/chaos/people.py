"""Requests as the bytes that a client sends, and people to register by them."""

import json
from datetime import date
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from deploy.story import documents


def post(url: str, token: str, key: str, body: Any) -> bytes:
    """One POST; sent again it is the same."""
    where, sent = urlsplit(url), json.dumps(body).encode()
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


class Registrations:
    """POST /people of one operator, each of somebody else and under a key of its own."""

    def __init__(self, url: str, token: str, seed: int) -> None:
        self._url = f"{url}/people"
        self._token = token
        self._source = Random(seed)  # noqa: S311 - made-up people, not secrets

    def some(self, count: int) -> list[bytes]:
        """So many requests, made before they are needed."""
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        key = UUID(int=self._source.getrandbits(128))
        return post(self._url, self._token, str(key), self._person())

    def _person(self) -> dict[str, Any]:
        source = self._source
        return {
            "full_name": documents.name(source),
            "birth_on": date(1950 + source.randrange(50), 1, 1).isoformat(),
            "cpf": documents.cpf(source),
            "mother_name": documents.name(source),
            "contacts": [{"channel": "whatsapp", "value": documents.phone(source)}],
        }
