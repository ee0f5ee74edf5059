"""Typed calls to one service's API, made by processes on behalf of a tenant."""

import httpx
from opentelemetry import propagate
from pydantic import BaseModel

from contracts.base import Message
from kit.auth import TENANT_HEADER


class Refused(Exception):
    """The service understood and said no: asking again the same way will not help."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}")


class ServiceClient:
    """One service, one pool of connections. Raises `Refused` on 4xx, httpx errors otherwise."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def post[Reply: BaseModel](
        self, tenant_id: int, path: str, body: Message, reply: type[Reply]
    ) -> Reply:
        """POST `body` in the name of the tenant and read the reply."""
        headers = {"Content-Type": "application/json", TENANT_HEADER: str(tenant_id)}
        propagate.inject(headers)
        response = await self._http.post(path, content=body.model_dump_json(), headers=headers)
        if 400 <= response.status_code < 500 and response.status_code not in (408, 425, 429):
            raise Refused(response.status_code, _code(response))
        response.raise_for_status()
        return reply.model_validate_json(response.content)


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json().get("code", "refused"))
    except ValueError:
        return "refused"
