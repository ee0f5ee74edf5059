"""What Postgres refuses becomes a polite answer, with nothing of the row in it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from kit.errors import install_errors
from tests.support.postgres import Postgres

CANARY = "52998224725"
STATEMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "nul": ("select cast(:v as text)", {"v": f"{CANARY}\0"}),
    "surrogate": ("select cast(:v as text)", {"v": "\ud800"}),
    "huge id": ("select cast(:v as int)", {"v": 2**40}),
    "huger id": ("select cast(:v as bigint)", {"v": 2**80}),
    "out of range": ("select cast(:v as bigint)::int", {"v": 2**40}),
    "not a number": ("select cast(cast(:v as text) as int)", {"v": CANARY + "x"}),
    "no such date": ("select cast(cast(:v as text) as date)", {"v": "2026-02-31"}),
    "no uuid": ("select cast(cast(:v as text) as uuid)", {"v": CANARY}),
    "jsonb nul": ("select cast(cast(:v as text) as jsonb)", {"v": '"\\u0000"'}),
    "twice": ("insert into once values (:v)", {"v": CANARY}),
    "slow": ("select pg_sleep(5) where :v = 1", {"v": 1}),
    "gone": ("select pg_terminate_backend(pg_backend_pid()) where :v = 1", {"v": 1}),
    "locked": ("do $$ begin raise lock_not_available; end $$", {}),
    "idle": ("do $$ begin raise sqlstate '25P03'; end $$", {}),
    "bug": ("select nothing_like_it(:v)", {"v": 1}),
}


@pytest.fixture
async def http(postgres: Postgres) -> AsyncIterator[httpx.AsyncClient]:
    engine = create_async_engine(
        postgres.url(await postgres.database()),
        connect_args={"server_settings": {"statement_timeout": "2000"}},
    )
    async with engine.begin() as connection:
        await connection.execute(text("create table once (v text primary key)"))
        await connection.execute(text("insert into once values (:v)"), {"v": CANARY})
    app = FastAPI()
    install_errors(app)

    @app.get("/do/{name}")
    async def do(name: str) -> None:
        statement, values = STATEMENTS[name]
        async with engine.begin() as connection:
            await connection.execute(text(statement), values)

    @app.get("/elsewhere")
    async def elsewhere() -> None:
        await asyncpg.connect("postgresql://nobody@127.0.0.1:1/x", timeout=2)

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client
    await engine.dispose()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("nul", 422),
        ("surrogate", 422),
        ("huge id", 422),
        ("huger id", 422),
        ("out of range", 422),
        ("not a number", 422),
        ("no such date", 422),
        ("no uuid", 422),
        ("jsonb nul", 422),
        ("twice", 409),
        ("slow", 503),
        ("gone", 503),
        ("locked", 503),
        ("idle", 503),
        ("bug", 500),
    ],
)
async def test_each_refusal_has_its_status(http: httpx.AsyncClient, name: str, status: int) -> None:
    answer = await http.get(f"/do/{name}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert CANARY not in answer.text


async def test_a_database_that_is_down_is_503(http: httpx.AsyncClient) -> None:
    answer = await http.get("/elsewhere")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
