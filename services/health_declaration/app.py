"""The HTTP process: `uvicorn --factory services.health_declaration.app:create`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from kit.app import create_app
from kit.guesses import Guesses
from services.health_declaration.consumers import HANDLERS
from services.health_declaration.gateways import pdf_seal, video
from services.health_declaration.models import tables
from services.health_declaration.queries import rulebook
from services.health_declaration.routes import (
    assistance,
    cases,
    cids,
    cpts,
    interviews,
    partners,
    processes,
    public,
    public_case,
    public_own,
    rules,
)
from services.health_declaration.settings import HealthDeclarationSettings

ROUTES = (
    public,
    public_case,
    public_own,
    assistance,
    processes,
    cases,
    interviews,
    cpts,
    cids,
    rules,
    partners,
)


@asynccontextmanager
async def _rules_read(_app: FastAPI) -> AsyncIterator[None]:
    """Ready means that no request waits for the tables to be read."""
    rulebook.warm()
    yield


def create(settings: HealthDeclarationSettings | None = None) -> FastAPI:
    """The app; uvicorn calls it bare, and the environment tells the settings."""
    app = create_app(
        settings or HealthDeclarationSettings(),
        title="Declaração de saúde",
        routers=[module.router for module in ROUTES],
        plumbing=tables,
        handlers=HANDLERS,
        lifespan_extras=[_rules_read, pdf_seal.holding_seal, video.connected],
    )
    app.state.guesses = Guesses()
    return app
