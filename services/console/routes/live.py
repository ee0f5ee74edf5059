"""The inbox alive: that something changed is told at once, what changed is asked for apart."""

from collections.abc import AsyncIterator, Mapping
from time import monotonic

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from contracts.worklist.api import LastChange
from kit.errors import Forbidden, Problem
from services.console.gateways.upstream import Apis
from services.console.queries.news import news
from services.console.queries.rail import rail
from services.console.routes.headers import same_origin
from services.console.routes.look import Placed, Watched
from services.console.routes.pages import page
from services.console.routes.visit import Watching, by_session, doors, secret
from services.console.rules.formats import Formats
from services.console.usecases import visits
from services.console.usecases.live import Hub, Watcher
from services.console.usecases.sessions import Visit

router = APIRouter(
    prefix="/tarefas", include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
HEARD_EVERY, LOOKED_EVERY = 15.0, 10.0
"""Seconds between words when nothing changes, and between looks at whether the session lasts."""
HEADERS: Mapping[str, str] = {"X-Accel-Buffering": "no"}
READS = "tasks.read"


def hub_of(app: FastAPI, every_seconds: float) -> Hub:
    """Asks the worklist in the name of whoever watches."""

    async def ask(token: str) -> str:
        apis: Apis = app.state.apis
        return (await apis.worklist.of(token).get("/task-changes", LastChange)).mark

    return Hub(ask, every_seconds)


@router.get("/ao-vivo")
async def live(request: Request, visit: Watching) -> Response:
    """Lasts as long as the session, and keeps none alive."""
    if not visit.may(READS):
        raise Forbidden("Sem acesso", "forbidden", f"Falta a permissão {READS}.")
    hub: Hub = request.app.state.hub
    if hub.full(visit.caller.tenant_id, visit.caller.sub):
        raise Problem(429, "Janelas demais ao mesmo tempo", "too-many-windows")
    told = _told(request, visit)
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


@router.post("/novidades")
async def novelties(request: Request, look: Watched, place: Placed) -> Response:
    """What is new of what a page shows; nothing of it is moved under whoever reads."""
    form = await request.form()
    seen = [str(one) for one in form.getlist("vista")]
    found = await news(look, place, seen, str(form.get("aberta", "")))
    return page(request, "_novelties.html", place=place, news=found, rail=await rail(look))


async def _told(request: Request, visit: Visit) -> AsyncIterator[str]:
    hub: Hub = request.app.state.hub
    tenant = visit.caller.tenant_id
    async with hub.watching(tenant, visit.token, visit.caller.sub) as watcher:
        yield "retry: 5000\n\n"
        heard = looked = 0.0
        while True:
            word = await watcher.next(HEARD_EVERY)
            if monotonic() - looked >= LOOKED_EVERY:
                looked = monotonic()
                if not await _lasts(request, watcher):
                    yield _event(request, tenant, "fim")
                    return
            if word == "changed" or (word and monotonic() - heard >= HEARD_EVERY):
                heard = monotonic()
                yield _event(request, tenant, "mudou" if word == "changed" else "vivo")
            else:
                # Says nothing, and finds out whether anybody is still there.
                yield ":\n\n"


async def _lasts(request: Request, watcher: Watcher) -> bool:
    """Whether the session does; its token of now is the one that is lent."""
    visit = await visits.enter(doors(request), secret(request), noted=False)
    if visit is None:
        return False
    watcher.token = visit.token
    return True


def _event(request: Request, tenant: int, name: str) -> str:
    formats: Formats = request.app.state.formats
    now = request.app.state.resources.clock.now(tenant)
    return f"event: {name}\ndata: {formats.clock(now)}\n\n"
