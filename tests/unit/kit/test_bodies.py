"""A body is counted before anybody is asked who they are; too much of it is a polite 413."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from contracts.base import Message
from deploy import openapi
from kit.auth import public, routes_of
from kit.bare_app import bare_app
from kit.bodies import may_be_large, takes_file
from kit.settings import Settings

USUAL, FILE = 1000, 5000
FILES_AT = {
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

    settings = Settings(largest_body_bytes=USUAL, largest_file_bytes=FILE)
    app = bare_app(settings, title="t", routers=[router], lifespan=nothing)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://app"
    ) as client:
        yield client
    await app.state.verifier.aclose()


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
        assert refused(await http.post(path, content=stream()))
        assert stream.given <= limit + 100


async def test_a_route_that_takes_files_takes_larger_ones(http: httpx.AsyncClient) -> None:
    answer = await http.post("/notes/n/scan", content=b"x" * FILE)
    assert answer.json() == FILE
    assert refused(await http.post("/notes/n/scan", content=b"x" * (FILE + 1)))


def test_only_these_routes_take_files() -> None:
    found = {
        (openapi.short_name(process), route.path)
        for process in openapi.served()
        for route in routes_of(openapi.app_of(process))
        if may_be_large(route)
    }
    assert found == FILES_AT
