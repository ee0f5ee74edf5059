"""Composition of an HTTP process: one place where a service's app gets all its plumbing."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import APIRouter, FastAPI, Request

from kit import ops
from kit.auth import Caller
from kit.bare_app import bare_app
from kit.clock_follower import following
from kit.db import transactions
from kit.inbox import Handlers, Inbox
from kit.plumbing import Plumbing
from kit.resources import resources
from kit.settings import Settings
from kit.transaction import Once, Tx, allowed

__all__ = ["Once", "Tx", "allowed", "create_app"]

_LONGEST_ID = 100
Extra = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    plumbing: Plumbing,
    handlers: Handlers | None = None,
    lifespan_extras: Iterable[Extra] = (),
) -> FastAPI:
    """The service's app. `handlers` let parked messages be re-driven from here."""
    extras = tuple(lifespan_extras)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(app, settings, handlers, stack)
            for extra in extras:
                await stack.enter_async_context(extra(app))
            app.state.ready = True
            yield
            app.state.ready = False

    told = [ops.router] if "ops" in settings.tells else []
    app = bare_app(settings, title=title, routers=[*routers, *told], lifespan=lifespan)
    app.state.tables = plumbing
    app.state.inbox = None
    return app


async def _open(
    app: FastAPI, settings: Settings, handlers: Handlers | None, stack: AsyncExitStack
) -> None:
    held = await stack.enter_async_context(resources(settings, app.state.tables))
    app.state.resources = held
    app.state.begin = transactions(held)
    app.state.on_denied = _denied
    stack.push_async_callback(app.state.verifier.aclose)
    if handlers is not None:
        app.state.inbox = Inbox(
            settings.service, held.tables, app.state.begin, handlers, held.keyring
        )
    await stack.enter_async_context(following(settings, held.clock))


async def _denied(request: Request, caller: Caller, permission: str) -> None:
    """A refused attempt is part of the trail, in a transaction of its own."""
    async with request.app.state.begin(caller.tenant_id, caller) as tx:
        route = request.scope["route"].path
        # The ids in the path say whose data was asked for.
        asked = {name: str(value)[:_LONGEST_ID] for name, value in request.path_params.items()}
        details = {"needs": permission} | ({"of": asked} if asked else {})
        await tx.audit("access.denied", f"{request.method} {route}", details=details)
