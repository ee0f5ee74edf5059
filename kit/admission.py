"""So many requests at a time: the rest wait for a place, and are told to come again before long.

A process that takes in whatever comes answers nobody in time; one that turns the excess away at
its door goes on doing as much as it can.
"""

import asyncio

from opentelemetry.metrics import get_meter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.bodies import read_ahead
from kit.body_limit import announced
from kit.errors import Unavailable, answer_of
from kit.settings import Settings
from kit.telemetry import PROBES

LASTING = "text/event-stream"

turned_away = get_meter("kit.admission").create_counter(
    "requests.turned_away", description="requests that found no place in time"
)


class Admission:
    """A place for each request until it is answered; answers that last begin, and hold none."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._places = asyncio.Semaphore(settings.requests_at_once)
        self._most_waiting = settings.requests_waiting
        self._patience = settings.requests_wait_seconds
        self._small = settings.largest_body_bytes
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on once there is a place for it; probes need none."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if announced(scope) <= self._small:
            receive = await read_ahead(receive, self._small)
        if not await self._given():
            turned_away.add(1)
            request = Request(scope, receive)
            answer = await answer_of(request, Unavailable("Muitos pedidos ao mesmo tempo", "busy"))
            await answer(scope, receive, send)
            return
        await self._placed(scope, receive, send)

    async def _placed(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                self._places.release()
            held = False

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and _lasts(message):
                leave()
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            leave()

    async def _given(self) -> bool:
        if self._places.locked() and self._waiting >= self._most_waiting:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


def _lasts(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return kind.startswith(LASTING)
