"""The HTTP process of the stand-ins and their controls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from kit.app import create_app
from services.sandbox.gateways import jose, tokens
from services.sandbox.gateways.webhooks import Webhook
from services.sandbox.models import plumbing
from services.sandbox.routes import controls, issuer, sign_in, video, whatsapp
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases.reporter import running


@asynccontextmanager
async def erp_key(app: FastAPI) -> AsyncIterator[None]:
    """The ERP's key, shared with its worker."""
    app.state.erp_key = jose.load(Path(app.state.settings.erp_key_file))
    yield


@asynccontextmanager
async def reports(app: FastAPI) -> AsyncIterator[None]:
    """What became of WhatsApp messages goes to the contact service's webhook."""
    settings: SandboxSettings = app.state.settings
    url = f"{settings.contact_url}/webhooks/whatsapp"
    async with httpx.AsyncClient(timeout=10) as http:
        webhook = Webhook(http, url, settings.whatsapp_app_secret)
        async with running(webhook, app.state.begin) as app.state.reporter:
            yield


def create() -> FastAPI:
    """For `uvicorn --factory`."""
    return create_app(
        SandboxSettings(),
        title="sandbox",
        routers=[issuer.router, sign_in.router, controls.router, whatsapp.router, video.router],
        plumbing=plumbing,
        handlers={},
        lifespan_extras=[tokens.issuing, erp_key, reports],
    )
