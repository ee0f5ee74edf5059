"""A body is counted, a large one is taken of known senders only, the rest is a polite 413."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from contracts.base import Message
from deploy import openapi
from kit.auth import Claims, InvalidToken, public, routes_of
from kit.bare_app import bare_app
from kit.bodies import file_sender, takes_file, takes_file_from
from kit.errors import Unavailable
from kit.settings import Settings

USUAL, FILE = 1000, 5000
FILES_AT = {
    ("console.public", "/documentos"),
    ("contact", "/webhooks/whatsapp"),
    ("health_declaration", "/declarations/{declaration_id}/negotiation"),
    ("health_declaration", "/declarations/{declaration_id}/offer/paper-answer"),
    ("health_declaration", "/declarations/{declaration_id}/paper-signature"),
    ("health_declaration", "/declarations/{declaration_id}/term/paper-signature"),
    ("health_declaration", "/public/declaration/documents"),
    ("registry", "/enrolment-files"),
}


class Note(Message):
    text: str


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter(dependencies=[Depends(public("a test"))])

    @router.post("/notes")
    async def note(body: Note) -> int:
        return len(body.text)

    @router.post("/notes/{name}/scan", dependencies=[takes_file])
    async def scan(name: str, request: Request) -> int:
        return len(await request.body())

    @router.post("/parsed", dependencies=[takes_file])
    async def parsed(body: Note) -> int:
        return len(body.text)

    @router.post("/away", dependencies=[takes_file_from(database_away)])
    async def away(body: Note) -> int:
        return len(body.text)

    settings = Settings(largest_body_bytes=USUAL, largest_file_bytes=FILE)
    app = bare_app(settings, title="t", routers=[router], lifespan=nothing)
    await app.state.verifier.aclose()
    app.state.verifier = Issued()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://app"
    ) as client:
        yield client


class Issued:
    """Knows one token; cannot tell of another as long as its issuer is away."""

    async def verify(self, given: str) -> Claims:
        if given == "untold":
            raise Unavailable()
        if given != "good":
            raise InvalidToken
        return Claims("u-1", "Ana", 1, frozenset(), 0.0)


async def database_away(_request: Request) -> bool:
    raise TimeoutError


KNOWN = {"Authorization": "Bearer good"}
UNKNOWN = ({}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic good"})


class Stream:
    """A body that tells no length and knows how much of it was asked for."""

    def __init__(self, parts: int) -> None:
        self.parts, self.given = parts, 0

    async def __call__(self) -> AsyncIterator[bytes]:
        for _ in range(self.parts):
            self.given += 100
            yield b"x" * 100


def refused(answer: httpx.Response) -> bool:
    if answer.status_code != 413:
        return False
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.json()["title"] == "Conteúdo grande demais"
    return True


async def test_an_announced_body_beyond_the_limit_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/notes", json={"text": "x" * (USUAL - 11)})).status_code == 200
    assert refused(await http.post("/notes", json={"text": "x" * USUAL}))


async def test_a_body_that_never_ends_is_cut_where_the_limit_is(http: httpx.AsyncClient) -> None:
    for path, limit in (("/notes", USUAL), ("/notes/n/scan", FILE)):
        stream = Stream(1_000)
        assert refused(await http.post(path, content=stream(), headers=KNOWN))
        assert stream.given <= limit + 100


async def test_a_route_that_takes_files_takes_larger_ones(http: httpx.AsyncClient) -> None:
    answer = await http.post("/notes/n/scan", content=b"x" * FILE, headers=KNOWN)
    assert answer.json() == FILE
    refusal = await http.post("/notes/n/scan", content=b"x" * (FILE + 1), headers=KNOWN)
    assert refused(refusal)


@pytest.mark.parametrize("headers", UNKNOWN, ids=["nobody", "another token", "another scheme"])
async def test_a_large_file_is_taken_of_a_known_sender_only(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    small = await http.post("/notes/n/scan", content=b"x" * USUAL, headers=headers)
    assert small.json() == USUAL
    assert refused(await http.post("/notes/n/scan", content=b"x" * FILE, headers=headers))
    assert refused(await http.post("/parsed", json={"text": "x" * USUAL}, headers=headers))
    stream = Stream(1_000)
    assert refused(await http.post("/notes/n/scan", content=stream(), headers=headers))
    assert stream.given <= USUAL + 100


async def test_while_nobody_can_tell_who_sends_it_a_large_file_may_come_again(
    http: httpx.AsyncClient,
) -> None:
    body, untold = {"text": "x" * USUAL}, {"Authorization": "Bearer untold"}
    assert (await http.post("/parsed", json=body, headers=KNOWN)).json() == USUAL
    for answer in (
        await http.post("/parsed", json=body, headers=untold),
        await http.post("/away", json=body),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_only_these_routes_take_files() -> None:
    found = {
        (openapi.short_name(process), route.path)
        for process in openapi.served()
        for route in routes_of(openapi.app_of(process))
        if file_sender(route)
    }
    assert found == FILES_AT
