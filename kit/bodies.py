"""What routes declare of their bodies: whose may be large; and waiting for one to arrive."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from kit.auth import has_token
from kit.errors import BadRequest

UNCOUNTED = "vinculo.uncounted"
"""Where a request keeps its body as it comes, past the limit."""
MOST_LET_BY, LONGEST_SECONDS = 64 * 2**20, 300
Known = Callable[[Request], Awaitable[bool]]


class _TakesFile:
    """Says nothing at the time of a request: the app reads it off its routes once."""

    def __init__(self, known: Known) -> None:
        self.known = known

    async def __call__(self) -> None:
        return None


def takes_file_from(known: Known) -> Any:
    """Declares that a route's body carries a file and may be as large as one.

    Only from a sender who is `known`, which is asked of the request's head before its body is
    read: anybody else's would be taken in, and parsed, only to be refused.
    """
    return Depends(_TakesFile(known))


takes_file = takes_file_from(has_token)


async def arrived(request: Request) -> None:
    """Waits for the whole body, which the request keeps; 400 when its sender left.

    Goes before a transaction opens: somebody who sends slowly must not hold a connection.
    """
    try:
        await request.body()
    except ClientDisconnect:
        raise BadRequest() from None


async def read_ahead(receive: Receive, most: int) -> Receive:
    """The same body, of which `most` bytes are here: who sends slowly holds no place meanwhile."""
    early = [await receive()]
    size = len(early[0].get("body", b""))
    while early[-1].get("more_body", False) and size <= most:
        early.append(await receive())
        size += len(early[-1].get("body", b""))

    async def again() -> Message:
        return early.pop(0) if early else await receive()

    return again


async def let_by(request: Request) -> None:
    """Lets the rest of a refused body go by, within bounds, and keeps nothing of it.

    A browser shows no answer to what it is still sending: it tells of a broken page instead.
    """
    left = MOST_LET_BY
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SECONDS):
            while left > 0:
                message = await request.scope[UNCOUNTED]()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def file_sender(route: object) -> Known | None:
    """Who must have sent it, of a route that takes files; None of any other."""
    dependant = getattr(route, "dependant", None)
    inner = dependant.dependencies if isinstance(dependant, Dependant) else ()
    return next((one.call.known for one in inner if isinstance(one.call, _TakesFile)), None)
