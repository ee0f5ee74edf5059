"""Typed calls to one service's API, made by processes on behalf of a tenant."""

from http import HTTPStatus

import httpx
from opentelemetry import propagate
from pydantic import BaseModel

from contracts.base import Message
from kit.auth import TENANT_HEADER
from kit.problem_schema import MEDIA_TYPE

PASSING = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Of a token, its roles or the moment, not of the request: keys rotate, roles are mapped anew."""
COLLIDED = "conflict"
"""What a service says when two writes met; its own refusals have codes of their own."""


class Refused(Exception):
    """The service understood and said no: asking again the same way will not help."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}")


class ServiceClient:
    """One service, one pool of connections.

    Raises `Refused` when the service itself turns the request down, and httpx errors for what may
    pass: outages, what a proxy says in its place, 401 and 403, a collision of writes.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def post[Reply: BaseModel](
        self, tenant_id: int, path: str, body: Message, reply: type[Reply]
    ) -> Reply:
        """POST `body` in the name of the tenant and read the reply."""
        headers = {"Content-Type": "application/json", TENANT_HEADER: str(tenant_id)}
        propagate.inject(headers)
        response = await self._http.post(path, content=body.model_dump_json(), headers=headers)
        code = _code(response)
        if response.is_client_error and code and not _passing(response.status_code, code):
            raise Refused(response.status_code, code)
        response.raise_for_status()
        return reply.model_validate_json(response.content)


def _passing(status: int, code: str) -> bool:
    return status in PASSING or (status == HTTPStatus.CONFLICT and code == COLLIDED)


def _code(response: httpx.Response) -> str | None:
    """The code of a problem; None where it was not the service that answered."""
    if not response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return None
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return None
