"""The same POST twice gives the same answer; a key is kept only with what it answered."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, Response

from contracts.base import Message
from kit.app import Once, Tx, allowed, create_app
from kit.errors import Conflict
from tests.support.api import AUDIENCE, ISSUER, Served, serving
from tests.support.postgres import Postgres
from tests.support.probe import Noted, note, probe, tables

TENANT = 7
router = APIRouter()


class NoteIn(Message):
    key: str
    number: int


class NoteOut(Message):
    note_id: int
    key: str


@router.post("/notes", status_code=200, dependencies=[allowed("registry.write")])
async def write_note(body: NoteIn, tx: Tx, once: Once, response: Response) -> NoteOut:
    async def done() -> NoteOut:
        values = {"tenant_id": tx.tenant_id, "key": body.key, "number": body.number}
        written = await tx.session.execute(note.insert().values(values).returning(note.c.id))
        if body.number < 0:
            raise Conflict("Número negativo", "negative")
        if body.number == 0:
            tx.keep_and_refuse(Conflict("Zero", "zero"))
        await tx.record(Noted(tenant_id=tx.tenant_id, note=body.key, number=body.number))
        response.status_code = 201
        return NoteOut(note_id=written.scalar_one(), key=body.key)

    return await once(done)


@pytest.fixture(scope="module")
async def served(postgres: Postgres) -> AsyncIterator[Served]:
    async with probe(postgres) as made:
        settings = made.settings.model_copy(
            update={
                "oidc_issuer": ISSUER,
                "oidc_jwks_url": f"{ISSUER}/keys",
                "oidc_audience": AUDIENCE,
            }
        )
        app = create_app(settings, title="Probe", routers=[router], plumbing=tables)
        async with serving(app, postgres) as ready:
            yield ready


async def post(
    served: Served, key: str | None, name: str, number: int = 1, who: str = "u-1"
) -> httpx.Response:
    headers = served.as_(TENANT, "registrar", sub=who)
    if key is not None:
        headers["Idempotency-Key"] = key
    return await served.http.post("/notes", json={"key": name, "number": number}, headers=headers)


async def kept(served: Served, name: str) -> tuple[int, int]:
    """How many rows and facts a name has."""
    rows = await served.rows("select 1 from note where key = $1", name)
    facts = await served.rows("select 1 from outbox where key = $1", name)
    return len(rows), len(facts)


async def test_the_same_key_and_body_give_the_same_answer_and_one_row(served: Served) -> None:
    first, second = [await post(served, "key-same-1", "same") for _ in range(2)]
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert await kept(served, "same") == (1, 1)


async def test_without_a_key_each_post_is_one_of_its_own(served: Served) -> None:
    for _ in range(2):
        assert (await post(served, None, "free")).status_code == 201
    assert await kept(served, "free") == (2, 2)


async def test_another_body_under_the_same_key_is_refused_with_422(served: Served) -> None:
    await post(served, "key-other-1", "one")
    answer = await post(served, "key-other-1", "two")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert await kept(served, "two") == (0, 0)


async def test_a_refused_request_may_be_corrected_under_the_same_key(served: Served) -> None:
    assert (await post(served, "key-mended-1", "mended", -1)).status_code == 409
    assert (await post(served, "key-mended-1", "mended", 5)).status_code == 201
    assert await kept(served, "mended") == (1, 1)


async def test_a_refusal_that_is_kept_leaves_the_key_free_too(served: Served) -> None:
    assert (await post(served, "key-zero-1", "zero", 0)).status_code == 409
    assert (await post(served, "key-zero-1", "zero", 5)).status_code == 201
    assert await kept(served, "zero") == (2, 1)


async def test_a_key_belongs_to_who_sent_it(served: Served) -> None:
    answers = [await post(served, "key-whose-1", "whose", who=who) for who in ("u-1", "u-2")]
    assert [a.status_code for a in answers] == [201, 201]
    assert await kept(served, "whose") == (2, 2)


async def test_two_hundred_at_once_make_one_row_one_fact_and_one_answer(served: Served) -> None:
    answers = await asyncio.gather(*(post(served, "key-many-1", "many") for _ in range(200)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert await kept(served, "many") == (1, 1)


@pytest.mark.parametrize("key", ["short", "x" * 201])
async def test_a_key_out_of_bounds_is_refused(served: Served, key: str) -> None:
    assert (await post(served, key, "bounds")).status_code == 422


async def test_what_is_kept_of_a_request_cannot_be_guessed_without_the_key(served: Served) -> None:
    answer = await post(served, "key-blind-1", "blind")
    [row] = await served.rows("select fingerprint from idempotency where key like '%key-blind-1'")
    plain = hashlib.sha256(b"POST /notes\n" + answer.request.content).hexdigest()
    index = served.app.state.resources.blind_index
    assert row["fingerprint"] == index.digest("request", TENANT, plain) != plain
