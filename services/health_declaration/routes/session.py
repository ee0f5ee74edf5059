"""The proponent's way into a transaction: a session in a header instead of a token."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyHeader

from kit.auth import public
from kit.bodies import arrived
from kit.db import Transaction
from kit.errors import Unauthenticated, problem_responses
from kit.guesses import Guesses
from kit.idempotency import IdempotencyKey, OnceOnly
from services.health_declaration.usecases import entrance, rooms
from services.health_declaration.usecases.access import Unknown, Visit, note_act, seen

HEADER = "Vinculo-Session"
_header = APIKeyHeader(name=HEADER, scheme_name="session", auto_error=False)
by_session = Depends(public("the proponent's session stands for a token"))
by_link = Depends(public("a link, a birth date and a code are what opens a session"))
TOLD = problem_responses(404, 429)
"""Besides what any route may answer: nothing there, and too many codes."""


def begin(request: Request, secret: str) -> AbstractAsyncContextManager[Transaction]:
    """A transaction of the tenant that a secret begins with."""
    opened: AbstractAsyncContextManager[Transaction] = request.app.state.begin(
        entrance.tenant_of(secret)
    )
    return opened


@asynccontextmanager
async def guessable(request: Request, secret: str) -> AsyncIterator[Transaction]:
    """The same, for whoever shows nothing but the secret: few guesses of one tenant's."""
    guesses: Guesses = request.app.state.guesses
    host = request.client.host if request.client else ""
    who = (host, entrance.tenant_of(secret))
    guesses.expect_few(who)
    try:
        async with begin(request, secret) as tx:
            yield tx
    except Unknown:
        guesses.count(who)
        raise


async def _visit(
    request: Request, response: Response, secret: Annotated[str | None, Security(_header)]
) -> AsyncIterator[Visit]:
    if secret is None:
        raise Unauthenticated(
            "Sessão necessária", "session-missing", f"Envie o cabeçalho {HEADER}."
        )
    await arrived(request)
    async with begin(request, secret) as tx:
        once = OnceOnly(request, response, tx, request.headers.get("Idempotency-Key"))
        visit = await entrance.enter(tx, secret, once.answered)
        yield visit
        if request.method != "GET":
            await note_act(visit, f"{request.method} {request.url.path}")


Visiting = Annotated[Visit, Depends(_visit, scope="function")]


async def known(request: Request) -> bool:
    """Whether an open session stands behind a request, asked before a file of it is read."""
    secret = request.headers.get(HEADER, "")
    try:
        async with begin(request, secret) as tx:
            await entrance.enter(tx, secret)
    except Unauthenticated:
        return False
    return True


async def room_made(request: Request, secret: Annotated[str | None, Security(_header)]) -> None:
    """Has the provider make the room that the interview needs now, outside any transaction."""

    async def wanted(tx: Transaction) -> rooms.Wanted | None:
        visit = await entrance.enter(tx, secret or "")
        return await rooms.wanted_by_case(tx, await seen(visit))

    if secret is not None:
        await rooms.prepare(lambda: begin(request, secret), wanted, request.app.state.video)


async def _once(
    request: Request,
    response: Response,
    visit: Visiting,
    idempotency_key: IdempotencyKey = None,
) -> OnceOnly:
    return OnceOnly(request, response, visit.tx, idempotency_key)


PublicOnce = Annotated[OnceOnly, Depends(_once, scope="function")]


def _register(request: Request) -> str:
    register: str = request.app.state.settings.ans_register
    return register


Register = Annotated[str, Depends(_register)]
"""The operator's ANS register, with which protocol numbers begin."""
