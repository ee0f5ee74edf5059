"""The services' APIs, asked in the name of whoever looks, with that person's own token."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from contracts.base import Message
from kit.errors import Problem, Refused, Unavailable
from kit.problem_schema import MEDIA_TYPE

_STANDARD = {"type", "title", "status", "code", "detail"}
_KEY = "Idempotency-Key"


@dataclass
class Silence:
    """Since when a service has not answered; real time, of this process."""

    since: datetime | None = None

    def begins(self) -> datetime:
        """It did not answer; since when that is so."""
        self.since = self.since or datetime.now(UTC)
        return self.since


@dataclass(frozen=True)
class Upstream:
    """One service: what people call it, and the connections to it."""

    title: str
    http: httpx.AsyncClient
    silence: Silence = field(default_factory=Silence)

    def of(self, token: str) -> "Asking":
        """The same, in somebody's name."""
        return Asking(self, token)


@dataclass(frozen=True)
class Asking:
    """One service in one person's name.

    Raises the Problem that the service tells, or Unavailable when it tells nothing.
    """

    upstream: Upstream
    token: str

    async def get[Reply: BaseModel](self, path: str, reply: type[Reply], **asked: Any) -> Reply:
        """Reads; parameters without a value are left out."""
        given = {name: value for name, value in asked.items() if value not in (None, "")}
        answer = await self._sent("GET", path, params=given)
        return self._read(answer, reply)

    async def post[Reply: BaseModel](
        self, path: str, body: Message, reply: type[Reply], key: str = ""
    ) -> Reply:
        """Acts; the same key twice acts once."""
        answer = await self._told_to("POST", path, body, key)
        return self._read(answer, reply)

    async def order(self, path: str, body: Message, key: str = "") -> None:
        """Acts where nothing is answered but that it was done."""
        await self._told_to("POST", path, body, key)

    async def put[Reply: BaseModel](self, path: str, body: Message, reply: type[Reply]) -> Reply:
        """Sets; the same body twice sets it once."""
        answer = await self._told_to("PUT", path, body)
        return self._read(answer, reply)

    async def content(self, path: str) -> tuple[bytes, str]:
        """A file and its media type."""
        answer = await self._sent("GET", path)
        return answer.content, answer.headers.get("Content-Type", "application/octet-stream")

    async def _told_to(
        self, method: str, path: str, body: Message, key: str = ""
    ) -> httpx.Response:
        if not (key.isascii() and key.isprintable()):
            raise Refused("Formulário alterado", "bad-key", "Recarregue a página e repita.")
        headers = {"Content-Type": "application/json"} | ({_KEY: key} if key else {})
        content = body.model_dump_json(exclude_none=True)
        return await self._sent(method, path, content=content, headers=headers)

    async def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self._credentials() | more.pop("headers", {})
        try:
            answer = await self.upstream.http.request(method, path, headers=headers, **more)
        except httpx.HTTPError as failure:
            raise self._silent() from failure
        if answer.is_success:
            self.upstream.silence.since = None
            return answer
        raise self._told(answer)

    def _read[Reply: BaseModel](self, answer: httpx.Response, reply: type[Reply]) -> Reply:
        """What is no answer of this API is none at all: a page says so and stands."""
        try:
            return reply.model_validate_json(answer.content)
        except ValidationError as foreign:
            raise self._silent() from foreign

    def _credentials(self) -> dict[str, str]:
        """What tells the service in whose name it is asked."""
        return {"Authorization": f"Bearer {self.token}"}

    def _told(self, answer: httpx.Response) -> Problem:
        body = _document(answer)
        if body is None or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._silent()
        self.upstream.silence.since = None
        extra = {name: value for name, value in body.items() if name not in _STANDARD}
        title, code, detail = (str(body.get(name, "")) for name in ("title", "code", "detail"))
        return Problem(answer.status_code, title, code, detail, extra)

    def _silent(self) -> Unavailable:
        title = f"{self.upstream.title} não responde agora"
        since = self.upstream.silence.begins().isoformat()
        detail = "Tente de novo em instantes."
        return Unavailable(title, "upstream-unavailable", detail, since=since)


def _document(answer: httpx.Response) -> dict[str, Any] | None:
    """The problem that a service tells; None where it was not the service that answered."""
    if not answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return None
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


@dataclass(frozen=True)
class Apis:
    """The services that the console asks."""

    worklist: Upstream
    health_declaration: Upstream
    registry: Upstream
    contact: Upstream
    desk: Upstream

    async def aclose(self) -> None:
        """Close the connections to all of them."""
        for each in fields(self):
            upstream: Upstream = getattr(self, each.name)
            await upstream.http.aclose()


def apis(urls: dict[str, str], timeout: float) -> Apis:
    """Connections to the services at these addresses."""

    def to(name: str, title: str) -> Upstream:
        return Upstream(title, httpx.AsyncClient(base_url=urls[name], timeout=timeout))

    return Apis(
        worklist=to("worklist", "A lista de tarefas"),
        health_declaration=to("health_declaration", "A declaração de saúde"),
        registry=to("registry", "O cadastro de pessoas"),
        contact=to("contact", "O serviço de contatos"),
        desk=to("desk", "A mesa dos processos"),
    )
