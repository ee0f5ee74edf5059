"""Who sends slowly, or waits for another, holds no connection that others need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from tests.support.api import Served
from tests.support.clinic import ROLES
from tests.support.proponent import Phone, invited

TENANT = 61


async def desk_sends_a_link(phone: Phone) -> tuple[str, dict[str, str]]:
    [row] = await phone.served.rows(
        "select declaration_id from declaration where respondent_id = $1", phone.respondent_id
    )
    return f"/declarations/{row['declaration_id']}/link", phone.served.as_(TENANT, *ROLES["rita"])


async def person_gives_up(phone: Phone) -> tuple[str, dict[str, str]]:
    await phone.open()
    return "/public/declaration/withdrawal", phone.headers


@pytest.mark.parametrize(
    ("act", "done"), [(desk_sends_a_link, 201), (person_gives_up, 200)], ids=["token", "session"]
)
async def test_a_body_that_never_ends_holds_no_connection(
    served: Served, act: Callable[[Phone], Awaitable[tuple[str, dict[str, str]]]], done: int
) -> None:
    path, headers = await act(await invited(served, TENANT))
    asked, over = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        asked.set()
        await over.wait()
        yield b"}"

    once = {"Idempotency-Key": f"slow-{done}"}
    request = asyncio.create_task(served.http.post(path, content=slowly(), headers=headers | once))
    pool = served.app.state.resources.engine.pool
    assert isinstance(pool, QueuePool)
    try:
        await asyncio.wait_for(asked.wait(), 120)
        held = pool.checkedout()
    finally:
        over.set()
        answer = await request
    assert (held, answer.status_code) == (0, done)


@pytest.mark.parametrize(
    ("setting", "most"), [("idle_in_transaction_session_timeout", "1min"), ("lock_timeout", "30s")]
)
async def test_no_transaction_of_a_service_idles_or_waits_without_end(
    served: Served, setting: str, most: str
) -> None:
    async with served.app.state.resources.engine.connect() as connection:
        assert (await connection.execute(text(f"show {setting}"))).scalar_one() == most
