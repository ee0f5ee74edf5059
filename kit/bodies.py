"""No request may fill the memory: its body is counted before anybody asks who sent it."""

from collections.abc import Iterable

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def _takes_file() -> None:
    """Says nothing at the time of a request: the app reads it off its routes once."""


takes_file = Depends(_takes_file)
"""Declares that a route's body carries a file and may be as large as one."""


def may_be_large(route: object) -> bool:
    """Whether a route declares that it takes files."""
    dependant = getattr(route, "dependant", None)
    inner = dependant.dependencies if isinstance(dependant, Dependant) else ()
    return any(one.call is _takes_file for one in inner)


class BodyLimit:
    """Refuses a body beyond `usual` bytes, or beyond `file` bytes at the paths that take files.

    The framework's own limit answers in plain text; this one raises where the body is read, so
    that the refusal is a problem like any other.
    """

    def __init__(self, app: ASGIApp, *, usual: int, file: int, files_at: Iterable[str]) -> None:
        self._app = app
        self._usual = usual
        self._file = file
        self._files_at = [compile_path(path)[0] for path in files_at]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on with a `receive` that counts."""
        if scope["type"] == "http":
            receive = _counted(receive, self._limit(scope["path"]), _announced(scope))
        await self._app(scope, receive, send)

    def _limit(self, path: str) -> int:
        takes_files = any(pattern.match(path) for pattern in self._files_at)
        return self._file if takes_files else self._usual


def _counted(receive: Receive, limit: int, announced: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        if announced > limit:
            raise _too_large()
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large()
        return message

    return counted


def _announced(scope: Scope) -> int:
    told = Headers(scope=scope).get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0


def _too_large() -> HTTPException:
    # Closed afterwards: what is still on its way is not waited for.
    return HTTPException(413, headers={"Connection": "close"})
