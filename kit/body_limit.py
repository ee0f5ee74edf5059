"""No request may fill the memory: its body is counted, and a large one asks who sends it."""

from collections.abc import Mapping

from fastapi import Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.bodies import UNCOUNTED, Known
from kit.errors import Problem, Unavailable


class BodyLimit:
    """Refuses a body beyond `usual` bytes, or beyond `file` bytes where a known sender's file goes.

    The framework's own limit answers in plain text; this one raises where the body is read, so
    that the refusal is a problem like any other.
    """

    def __init__(
        self, app: ASGIApp, *, usual: int, file: int, files_at: Mapping[str, Known]
    ) -> None:
        self._app = app
        self._usual = usual
        self._file = file
        self._files_at = [(compile_path(path)[0], known) for path, known in files_at.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on with a `receive` that counts."""
        if scope["type"] == "http":
            scope[UNCOUNTED], receive = receive, self._counted(scope, receive)
        await self._app(scope, receive, send)

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        size, seen, limit = announced(scope), 0, self._usual

        async def counted() -> Message:
            nonlocal seen, limit
            if size > limit:
                limit = await self._raised(scope, size)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                limit = await self._raised(scope, seen)
            return message

        return counted

    async def _raised(self, scope: Scope, size: int) -> int:
        """The limit for a file, where one of this size may come; nobody is asked for in vain."""
        path = scope["path"]
        known = next((known for pattern, known in self._files_at if pattern.match(path)), None)
        if known is None or size > self._file or not await _is_known(known, Request(scope)):
            # Closed afterwards: what is still on its way is not waited for.
            raise HTTPException(413, headers={"Connection": "close"})
        return self._file


async def _is_known(known: Known, request: Request) -> bool:
    """The framework takes any other error in here for a body that cannot be parsed."""
    try:
        return await known(request)
    except Problem as problem:
        raise HTTPException(problem.status, headers=problem.headers) from problem
    except (DBAPIError, PoolTimeout, OSError) as away:
        raise HTTPException(503, headers=Unavailable().headers) from away


def announced(scope: Scope) -> int:
    """How large a body the head of a request promises; 0 where it promises none."""
    told = Headers(scope=scope).get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0
