"""The HTTP process: `uvicorn --factory services.worklist.app:create`."""

from fastapi import FastAPI

from kit.app import create_app
from services.worklist.consumers import HANDLERS
from services.worklist.models import plumbing
from services.worklist.routes import bulk, tasks, teams, views
from services.worklist.settings import WorklistSettings

ROUTES = (tasks, teams, views, bulk)


def create(settings: WorklistSettings | None = None) -> FastAPI:
    """The app; uvicorn calls it bare, and the environment tells the settings."""
    return create_app(
        settings or WorklistSettings(),
        title="worklist",
        routers=[module.router for module in ROUTES],
        plumbing=plumbing,
        handlers=HANDLERS,
    )
