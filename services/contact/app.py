"""The HTTP process of the contact service."""

from fastapi import FastAPI

from kit.app import create_app
from services.contact.consumers import handlers
from services.contact.models import plumbing
from services.contact.routes import hooks, router
from services.contact.settings import ContactSettings


def create() -> FastAPI:
    """For `uvicorn --factory`; what is re-driven here is found by the sender's next sweep."""
    return create_app(
        ContactSettings(),
        title="contact",
        routers=[router, hooks],
        plumbing=plumbing,
        handlers=handlers(lambda tenant_id: None),
    )
