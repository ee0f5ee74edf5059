"""The HTTP process of the console: `uvicorn --factory services.console.app:create`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from kit.app import create_app
from services.console.gateways.provider import Provider
from services.console.gateways.upstream import apis
from services.console.models import plumbing
from services.console.routes import (
    administration,
    agenda,
    assets,
    audit,
    bulk,
    cpts,
    decisions,
    declarations,
    entrance,
    figures,
    home,
    integrations,
    interviews,
    live,
    notices,
    pages,
    people,
    preferences,
    problems,
    process,
    resends,
    rule_drafts,
    rule_reviews,
    rules,
    search,
    sheets,
    tasks,
    views,
)
from services.console.routes.headers import Headers, always
from services.console.rules.formats import Formats
from services.console.settings import ConsoleSettings
from services.console.usecases.visits import Doors

ROUTES = (
    assets,
    home,
    entrance,
    preferences,
    search,
    views,
    bulk,
    sheets,
    live,
    decisions,
    tasks,
    agenda,
    interviews,
    cpts,
    notices,
    rule_drafts,
    rule_reviews,
    rules,
    audit,
    integrations,
    administration,
    resends,
    figures,
    declarations,
    process,
    people,
)


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    """Ready to ask the provider and the services."""
    settings: ConsoleSettings = app.state.settings
    provider = Provider(settings, httpx.AsyncClient(timeout=settings.upstream_timeout_seconds))
    app.state.doors = Doors(app.state.begin, provider, app.state.verifier, settings)
    app.state.apis = apis(_urls(settings), settings.upstream_timeout_seconds)
    app.state.hub = live.hub_of(app, settings.live_seconds)
    yield
    await app.state.hub.aclose()
    await app.state.apis.aclose()
    await provider.aclose()


def create(settings: ConsoleSettings | None = None) -> FastAPI:
    """The app; uvicorn calls it bare, and the environment tells the settings."""
    settings = settings or ConsoleSettings()
    app = create_app(
        settings,
        title="console",
        routers=[module.router for module in ROUTES],
        plumbing=plumbing,
        lifespan_extras=[_connected],
    )
    app.add_middleware(Headers, headers=always(secure=settings.secure))
    app.state.formats = Formats(ZoneInfo(settings.time_zone))
    pages.install(app, app.state.formats)
    problems.install(app)
    return app


def _urls(settings: ConsoleSettings) -> dict[str, str]:
    return {
        "worklist": settings.worklist_url,
        "health_declaration": settings.health_declaration_url,
        "registry": settings.registry_url,
        "contact": settings.contact_url,
        "desk": settings.desk_url,
    }
