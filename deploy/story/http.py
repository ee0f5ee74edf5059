"""HTTP as a real client does it: kept connections, idempotency keys, patience with outages."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx

from deploy.story.journal import Journal

PATIENCE_SECONDS = 180.0
AGAIN = {502, 503, 504}
KEY = "Idempotency-Key"


class Refused(Exception):
    """The service said no, and why."""

    def __init__(self, status: int, body: dict[str, Any], what: str) -> None:
        self.status, self.body = status, body
        self.code = str(body.get("code", ""))
        detail = body.get("errors") or body.get("detail") or ""
        super().__init__(f"{what}: {status} {self.code} {body.get('title', '')} {detail}")


class Wire:
    """The connections of the whole story, and how many requests are open now."""

    def __init__(self, kept: int = 80, journal: Journal | None = None) -> None:
        # With none kept every request is a new connection: it may reach any process of a service.
        limits = httpx.Limits(max_connections=80, max_keepalive_connections=kept)
        self._http = httpx.AsyncClient(limits=limits, timeout=60.0)
        self._journal = journal
        self.open = 0
        self.calls = 0
        self.retries = 0

    async def close(self) -> None:
        """Gives the connections back."""
        await self._http.aclose()

    async def ask(
        self, method: str, url: str, body: Any, headers: dict[str, str], about: str = ""
    ) -> Any:
        """The decoded answer. Outages are waited out, with the same key; refusals are raised."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self._try(method, url, body, headers)
            if answer is not None and answer.status_code not in AGAIN:
                told = _decoded(answer, f"{method} {url}")
                if self._journal is not None and method != "GET":
                    self._journal.accepted(method, url, about, headers.get(KEY, ""), told)
                return told
            if time.monotonic() > patience:
                raise TimeoutError(f"{method} {url}")
            self.retries += 1
            await asyncio.sleep(0.3)

    async def _try(
        self, method: str, url: str, body: Any, headers: dict[str, str]
    ) -> httpx.Response | None:
        self.open += 1
        self.calls += 1
        try:
            return await self._http.request(method, url, json=body, headers=headers)
        except httpx.TransportError:
            return None
        finally:
            self.open -= 1


def _decoded(answer: httpx.Response, what: str) -> Any:
    kind = answer.headers.get("content-type", "")
    if answer.is_success:
        return answer.json() if "json" in kind and answer.content else answer.content
    raise Refused(answer.status_code, answer.json() if "json" in kind else {}, what)


class Client:
    """One caller of one service."""

    def __init__(
        self, wire: Wire, base: str, headers: dict[str, str] | None = None, about: str = ""
    ) -> None:
        self._wire = wire
        self._base = base
        self._about = about
        self.headers = dict(headers or {})

    async def get(self, path: str) -> Any:
        """Reads."""
        return await self._wire.ask("GET", self._base + path, None, self.headers)

    async def put(self, path: str, body: Any) -> Any:
        """Replaces."""
        return await self._wire.ask("PUT", self._base + path, body, self.headers, self._about)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Does once, whatever is lost on the way: a key of its own goes with each post."""
        whole = self.headers | {KEY: str(uuid4())} | headers
        return await self._wire.ask("POST", self._base + path, body, whole, self._about)


async def pages(client: Client, path: str) -> list[dict[str, Any]]:
    """Every item of a paged list."""
    items: list[dict[str, Any]] = []
    cursor = None
    mark = "&" if "?" in path else "?"
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        page = await client.get(f"{path}{mark}limit=200{more}")
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return items
