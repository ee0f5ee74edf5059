"""An HTTP app with auth, problems, probes and telemetry, but no database of its own."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, Depends, FastAPI, Request

from contracts.base import Message
from contracts.permissions import ROLES
from kit import telemetry
from kit.admission import Admission
from kit.auth import Verifier, public, routes_of
from kit.bodies import file_sender
from kit.body_limit import BodyLimit
from kit.errors import Unavailable, install_errors
from kit.settings import Settings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
probes = APIRouter(tags=["ops"])


class Health(Message):
    """The process answers."""

    ok: bool = True


@probes.get("/live", dependencies=[Depends(public("liveness probe"))])
async def live() -> Health:
    return Health()


@probes.get("/ready", dependencies=[Depends(public("readiness probe"))])
async def ready(request: Request) -> Health:
    if not request.app.state.ready:
        raise Unavailable()
    return Health()


def bare_app(
    settings: Settings, *, title: str, routers: Sequence[APIRouter], lifespan: Lifespan
) -> FastAPI:
    """The app; its lifespan sets `app.state.ready` once it can serve."""
    telemetry.setup(settings.service, settings.process or "api", settings.otlp_endpoint)
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        telemetry=telemetry.fastapi_options(),
        openapi_url="/openapi.json" if "docs" in settings.tells else None,
    )
    app.state.ready = False
    app.state.settings = settings
    app.state.verifier = Verifier(
        settings.oidc_jwks_url, settings.oidc_issuer, settings.oidc_audience, ROLES
    )
    install_errors(app)
    for router in (*routers, probes):
        app.include_router(router)
    app.add_middleware(
        BodyLimit,
        usual=settings.largest_body_bytes,
        file=settings.largest_file_bytes,
        files_at={route.path: known for route in routes_of(app) if (known := file_sender(route))},
    )
    app.add_middleware(Admission, settings=settings)
    if "figures" in settings.tells:
        telemetry.instrument_app(app)
    return app
