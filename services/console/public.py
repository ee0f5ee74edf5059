"""The public pages, a process of their own: `uvicorn --factory services.console.public:create`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from kit.app import create_app
from services.console.gateways.proponent import declarations
from services.console.models import plumbing
from services.console.routes import assets, pages
from services.console.routes.headers import Headers
from services.console.routes.public import (
    documents,
    entrance,
    form,
    interview,
    logos,
    offer,
    own,
    signing,
)
from services.console.routes.public.screens import answer, headers
from services.console.rules import files, letter, offered, standing
from services.console.rules.formats import Formats
from services.console.settings import PublicSettings

ROUTES = (assets, entrance, form, signing, interview, offer, documents, own, logos)
WORDS = {
    "GUIDANCE": letter.GUIDANCE,
    "LABELS": letter.LABELS,
    "RECTIFIABLE": standing.RECTIFIABLE,
    "OVER": standing.OVER,
    "CHOICES": offered.CHOICES,
    "files": files,
}


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    """Ready to ask the one service that phones are served from."""
    settings: PublicSettings = app.state.settings
    app.state.declarations = declarations(
        settings.health_declaration_url, settings.upstream_timeout_seconds
    )
    yield
    await app.state.declarations.http.aclose()


def create(settings: PublicSettings | None = None) -> FastAPI:
    """The app; uvicorn calls it bare, and the environment tells the settings."""
    settings = settings or PublicSettings()
    app = create_app(
        settings,
        title="public pages",
        routers=[module.router for module in ROUTES],
        plumbing=plumbing,
        lifespan_extras=[_connected],
    )
    app.add_middleware(Headers, headers=headers(secure=settings.secure))
    app.state.formats = Formats(ZoneInfo(settings.time_zone))
    app.state.logos = logos.found(settings.operator_logos)
    app.state.answer_problem = answer
    pages.install(app, app.state.formats)
    app.state.pages.templates.globals.update(WORDS)
    return app
