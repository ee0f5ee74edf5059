"""The HTTP process of the contact service."""

from fastapi import FastAPI

from kit.app import create_app
from services.contact.consumers import HANDLERS
from services.contact.models import plumbing
from services.contact.routes import hooks, router
from services.contact.settings import ContactSettings


def create(settings: ContactSettings | None = None) -> FastAPI:
    """For `uvicorn --factory`; the database tells the sender of what is re-driven here."""
    return create_app(
        settings or ContactSettings(),
        title="contact",
        routers=[router, hooks],
        plumbing=plumbing,
        handlers=HANDLERS,
    )
