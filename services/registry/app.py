"""The HTTP process: `uvicorn --factory services.registry.app:create`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from kit.app import create_app
from kit.db import connect
from kit.keyring import Eraser
from services.registry import routes
from services.registry.consumers import handlers
from services.registry.models import tables
from services.registry.settings import RegistrySettings


@asynccontextmanager
async def _eraser(app: FastAPI) -> AsyncIterator[None]:
    """Destroying keys has a login of its own, used for nothing else."""
    settings: RegistrySettings = app.state.settings
    engine = connect(settings.keyring_eraser_url, 1)
    app.state.eraser = Eraser(engine)
    yield
    await engine.dispose()


def create(settings: RegistrySettings | None = None) -> FastAPI:
    """The registry's app; uvicorn calls it bare, and the environment tells the settings."""
    settings = settings or RegistrySettings()
    return create_app(
        settings,
        title="registry",
        routers=routes.ALL,
        plumbing=tables,
        handlers=handlers(settings),
        lifespan_extras=[_eraser],
    )
