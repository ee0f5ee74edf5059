"""A process works on so many requests at a time; the excess is told to come again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import StreamingResponse

from contracts.base import Message
from kit.admission import Admission
from kit.auth import public
from kit.bare_app import bare_app
from kit.settings import Settings
from services.console.app import create as console
from services.console.public import create as pages
from services.console.settings import ConsoleSettings, PublicSettings
from tests.support.stream import streaming

PLACES, SEATS = 2, 3
CLOSED: dict[str, Any] = {"requests_at_once": 0, "requests_waiting": 0}


class Note(Message):
    text: str


class House:
    """An app whose work lasts until it is told to end, and who is at it."""

    def __init__(self, patience: float) -> None:
        router = APIRouter(dependencies=[Depends(public("a test"))])
        router.add_api_route("/work", self.work, methods=["GET"])
        router.add_api_route("/notes", self.note, methods=["POST"])
        router.add_api_route("/fails", self.fail, methods=["GET"])
        router.add_api_route("/news", self.news, methods=["GET"])
        settings = Settings(
            requests_at_once=PLACES, requests_waiting=SEATS, requests_wait_seconds=patience
        )
        self.app = bare_app(settings, title="t", routers=[router], lifespan=nothing)
        self.app.state.ready = True
        self.end = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.at_work = self.most_at_work = 0
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://house")

    async def work(self) -> None:
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.begun.release()
        await self.end.wait()
        self.at_work -= 1

    async def note(self, body: Note) -> int:
        return len(body.text)

    async def fail(self) -> None:
        raise RuntimeError

    async def news(self) -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            yield "data: one\n\n"
            await self.end.wait()

        return StreamingResponse(told(), media_type="text/event-stream")

    async def full(self) -> list[asyncio.Task[httpx.Response]]:
        """As many at work as there are places."""
        tasks = [asyncio.create_task(self.http.get("/work")) for _ in range(PLACES)]
        for _ in tasks:
            await self.begun.acquire()
        return tasks


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def open_house(patience: float = 99) -> AsyncIterator[House]:
    house = House(patience)
    async with house.http, asyncio.timeout(20):
        yield house
        house.end.set()


async def test_the_excess_is_told_in_portuguese_to_come_again_and_the_rest_is_done() -> None:
    async with open_house() as house:
        asked = {asyncio.create_task(house.http.get("/work")) for _ in range(PLACES + SEATS + 4)}
        turned, left = set[asyncio.Task[httpx.Response]](), asked
        while len(turned) < 4:
            refused, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            turned |= refused
        house.end.set()
        done = await asyncio.gather(*left)
    assert {answer.status_code for answer in done} == {200}
    assert len(done) == PLACES + SEATS
    assert house.most_at_work == PLACES
    for task in turned:
        answer = task.result()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["status"]) == ("busy", 503)
        assert answer.json()["title"] == "Muitos pedidos ao mesmo tempo"


async def test_nobody_waits_past_the_deadline() -> None:
    async with open_house(patience=0.01) as house:
        await house.full()
        assert (await house.http.get("/work")).status_code == 503


async def test_probes_need_no_place() -> None:
    async with open_house(patience=0.01) as house:
        await house.full()
        for path in ("/live", "/ready", "/metrics"):
            assert (await house.http.get(path)).status_code == 200


async def test_a_request_that_fails_gives_its_place_back() -> None:
    async with open_house(patience=0.01) as house:
        for _ in range(PLACES + 1):
            assert (await house.http.get("/fails")).status_code == 500


async def test_somebody_who_leaves_while_waiting_takes_no_place_with_them() -> None:
    async with open_house() as house:
        working = await house.full()
        leaver = asyncio.create_task(house.http.get("/work"))
        await asyncio.sleep(0)
        leaver.cancel()
        with suppress(asyncio.CancelledError):
            await leaver
        house.end.set()
        assert {answer.status_code for answer in await asyncio.gather(*working)} == {200}
        await house.full()


async def test_an_answer_that_lasts_holds_no_place_once_it_began() -> None:
    async with open_house(patience=0.01) as house, streaming(house.app, "/news", {}) as first:
        await first.until("one")
        async with streaming(house.app, "/news", {}) as second:
            await second.until("one")
            await house.full()


async def test_who_sends_slowly_holds_no_place_before_the_body_is_here() -> None:
    begun, rest = asyncio.Semaphore(0), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"text": '
        begun.release()
        await rest.wait()
        yield b'"oi"}'

    async with open_house() as house:
        kind = {"Content-Type": "application/json"}
        sent = (house.http.post("/notes", content=slowly(), headers=kind) for _ in range(PLACES))
        notes = [asyncio.create_task(one) for one in sent]
        for _ in notes:
            await begun.acquire()
        await house.full()
        house.end.set()
        rest.set()
        assert [answer.json() for answer in await asyncio.gather(*notes)] == [2] * PLACES


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_no_request_is_handed_on(kind: str) -> None:
    seen: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(kind)

    async def never() -> dict[str, str]:
        raise AssertionError

    async def nowhere(_message: object) -> None: ...

    admission = Admission(app, settings=Settings(requests_at_once=0))
    await admission({"type": kind}, never, nowhere)
    assert seen == [kind]


@pytest.mark.parametrize(
    "app", [lambda: console(ConsoleSettings(**CLOSED)), lambda: pages(PublicSettings(**CLOSED))]
)
async def test_people_read_of_it_on_a_page(app: Callable[[], FastAPI]) -> None:
    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
        answer = await http.get("/entrar")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Muitos pedidos ao mesmo tempo" in answer.text
