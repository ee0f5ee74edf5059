"""`python -m tests.bench.api_served ours|bare`: one API process of P6, with one route to write a
note and one to read it. The first line it prints is the token to call it with.

`bare` is FastAPI with SQLAlchemy Core, by its documentation: one engine, one transaction per
request, typed bodies and replies. It writes the same three rows (note, fact, audit entry) and reads
the same one; it asks for no token, knows no tenant but the one in the row, and no row-level
security, no problem details, no limits, no encryption, no traces.
"""

import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uvicorn
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.base import Message
from contracts.permissions import ROLES
from kit.app import Tx, allowed, create_app
from kit.errors import NotFound
from kit.settings import Settings
from kit.tokens import Verifier
from tests.support.api import AUDIENCE, ISSUER, Issuer
from tests.support.probe import Noted, note, tables

TENANT = 7
router = APIRouter()


class NoteIn(Message):
    """What is written."""

    number: int
    filler: str = ""


class NoteView(Message):
    """What is read."""

    key: str
    number: int


@router.post("/notes/{key}", status_code=201, dependencies=[allowed("tasks.work")])
async def write_note(key: str, body: NoteIn, tx: Tx) -> NoteView:
    await tx.connection.execute(
        note.insert(), {"tenant_id": tx.tenant_id, "key": key, "number": body.number}
    )
    await tx.record(Noted(tenant_id=tx.tenant_id, note=key, number=body.number, filler=body.filler))
    await tx.audit("note.written", key, details={"number": body.number})
    return NoteView(key=key, number=body.number)


@router.get("/notes/{key}", dependencies=[allowed("tasks.read")])
async def read_note(key: str, tx: Tx) -> NoteView:
    query = select(note.c.key, note.c.number).where(
        note.c.tenant_id == tx.tenant_id, note.c.key == key
    )
    row = (await tx.connection.execute(query.limit(1))).first()
    if row is None:
        raise NotFound("Nota não encontrada", "note-not-found")
    return NoteView(key=row.key, number=row.number)


def ours() -> FastAPI:
    """The kit's app, its tokens checked against an issuer of its own."""
    settings = Settings(oidc_issuer=ISSUER, oidc_jwks_url=f"{ISSUER}/keys")
    app = create_app(settings, title="Probe", routers=[router], plumbing=tables)
    issuer = Issuer()
    app.state.verifier = Verifier(settings.oidc_jwks_url, ISSUER, AUDIENCE, ROLES, issuer.http())
    sys.stdout.write(issuer.token(TENANT, ["analyst"]) + "\n")
    return app


class BareNote(BaseModel):
    """The same body."""

    number: int
    filler: str = ""


class BareView(BaseModel):
    """The same reply."""

    key: str
    number: int


def bare() -> FastAPI:
    """The peer."""
    engine = create_async_engine(os.environ["VINCULO_DATABASE_URL"], pool_size=10)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.post("/notes/{key}", status_code=201)
    async def write(key: str, body: BareNote) -> BareView:
        async with engine.begin() as connection:
            row = {"tenant_id": TENANT, "key": key, "number": body.number}
            await connection.execute(note.insert(), row)
            await connection.execute(tables.outbox.insert(), _fact(key, body))
            await connection.execute(tables.audit.insert(), _entry(key, body))
        return BareView(key=key, number=body.number)

    @app.get("/notes/{key}")
    async def read(key: str) -> BareView:
        query = select(note.c.key, note.c.number).where(
            note.c.tenant_id == TENANT, note.c.key == key
        )
        async with engine.connect() as connection:
            row = (await connection.execute(query.limit(1))).one()
        return BareView(key=row.key, number=row.number)

    sys.stdout.write("none\n")
    return app


def _fact(key: str, body: BareNote) -> dict[str, object]:
    told = {"id": str(uuid.uuid4()), "tenant_id": TENANT, "note": key} | body.model_dump()
    return {
        "tenant_id": TENANT,
        "id": told["id"],
        "topic": Noted.topic,
        "type": Noted.type,
        "key": key,
        "payload": json.dumps(told),
        "occurred_at": datetime.now(UTC),
    }


def _entry(key: str, body: BareNote) -> dict[str, object]:
    return {
        "tenant_id": TENANT,
        "actor": "user-1",
        "actor_name": "Pessoa user-1",
        "action": "note.written",
        "subject": key,
        "details": {"number": body.number},
    }


if __name__ == "__main__":
    made = {"ours": ours, "bare": bare}[sys.argv[1]]()
    sys.stdout.flush()
    uvicorn.run(made, port=int(sys.argv[2]), log_config=None, access_log=False)
