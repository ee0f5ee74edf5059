"""Every reply of the walk is held against the OpenAPI of the service that gave it."""

import re
from collections.abc import Iterable
from typing import Any

import httpx
from schemathesis.core.failures import Failure, FailureGroup

from deploy.story.http import Wire
from tests.api.fuzzing import Ledger, described
from tests.api.ids import Pool


class Judge:
    """One service: its operations, what they answered, and the identifiers seen there."""

    def __init__(self, name: str, base: str, pool: Pool) -> None:
        self.base = base
        self.ledger, self._pool = Ledger(), pool
        self.accepted: dict[str, httpx.Response] = {}
        """The last answer of each operation with a 2xx, and in it what was asked."""
        self._schema = described(name, base)
        self._operations = _operations(self._schema.raw_schema["paths"])

    def unreached(self) -> list[str]:
        """Operations that answered nothing with a 2xx so far."""
        reached = {
            label
            for label, counter in self.ledger.answers.items()
            if any(200 <= status < 300 for status in counter)
        }
        return sorted({label for *_, label in self._operations} - reached)

    def heard(self, reply: httpx.Response) -> None:
        """Judges, counts and remembers one reply."""
        label = self._label(reply.request)
        operation = self._schema.find_operation_by_label(label)
        if operation is None:
            raise LookupError(label)
        self.ledger.heard(label, reply.status_code)
        if reply.is_success:
            self.accepted[label] = reply
        try:
            operation.validate_response(reply)
        except FailureGroup as group:
            for failure in group.exceptions:
                if isinstance(failure, Failure):
                    self.ledger.breach(label, failure)
        if reply.content and "json" in reply.headers.get("content-type", ""):
            self._pool.harvest(reply.json())

    def _label(self, request: httpx.Request) -> str:
        path = str(request.url.copy_with(query=None)).removeprefix(self.base)
        for method, pattern, label in self._operations:
            if method == request.method and pattern.fullmatch(path):
                return label
        raise LookupError(f"no such operation: {request.method} {path}")


def _operations(paths: dict[str, Any]) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, pattern and label; paths without a parameter come before those that take any."""
    ordered = sorted(paths, key=lambda path: (path.count("{"), path))
    return [
        (method.upper(), _pattern(path), f"{method.upper()} {path}")
        for path in ordered
        for method in paths[path]
    ]


def _pattern(path: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in re.split(r"\{[^}]+\}", path)]
    return re.compile("[^/]+".join(literal))


class JudgedWire(Wire):
    """The connections of a story whose every reply is judged."""

    def __init__(self, judges: Iterable[Judge]) -> None:
        super().__init__()
        self._judges = list(judges)
        self._plain = httpx.AsyncClient(timeout=180)

    async def close(self) -> None:
        """Gives the connections back."""
        await super().close()
        await self._plain.aclose()

    async def send(self, method: str, url: str, **given: Any) -> httpx.Response:
        """A request that is not JSON, or that no login of ours sends; it must be a success."""
        reply = await self._plain.request(method, url, **given)
        self._judge(reply)
        return reply.raise_for_status()

    async def _try(
        self, method: str, url: str, body: Any, headers: dict[str, str]
    ) -> httpx.Response | None:
        reply = await super()._try(method, url, body, headers)
        if reply is not None:
            self._judge(reply)
        return reply

    def _judge(self, reply: httpx.Response) -> None:
        address = str(reply.request.url)
        next(judge for judge in self._judges if address.startswith(f"{judge.base}/")).heard(reply)
