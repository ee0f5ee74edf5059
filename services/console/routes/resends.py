"""Links sent again: choose, read how many, confirm; then a page that goes on until all are told."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import Conflict, NotFound, Problem, Refused
from services.console.queries import declarations as queries
from services.console.queries.looking import Look, names, need
from services.console.routes.declarations import RESEND, Wanted, formats_of
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed
from services.console.routes.pages import is_part, page
from services.console.routes.visit import by_session
from services.console.rules import declarations as rules
from services.console.rules.tables import MEDIA_TYPE, table
from services.console.rules.typed import IDENTIFIER
from services.console.usecases import resends
from services.console.usecases.resends import Chosen

PATH = f"{rules.PATH}/reenvios"
router = APIRouter(
    prefix=PATH, include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
_ONE = "um."


@router.get("")
async def mine(request: Request, look: Looking) -> Response:
    need(look, RESEND)
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        jobs = await resends.mine(tx)
    return page(request, "resends.html", jobs=jobs)


@router.post("/conferir")
async def preview(request: Request, look: Looking, wanted: Wanted, typed: Typed) -> Response:
    """How many it will be, before anything is sent."""
    need(look, RESEND)
    chosen = await _chosen(request, look, wanted, typed)
    told = _asked(typed, chosen, wanted) | {"key": str(uuid4()), "problem": None}
    return page(request, "resend_preview.html", 200 if chosen else 422, **told)


@router.post("")
async def begin(request: Request, look: Looking, wanted: Wanted, typed: Typed) -> Response:
    need(look, RESEND)
    key = _key(typed)
    chosen = await _chosen(request, look, wanted, typed)
    wrong = _unready(typed, chosen)
    if wrong is not None:
        told = _asked(typed, chosen, wanted)
        return page(request, "resend_preview.html", wrong.status, **told, key=key, problem=wrong)
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        await resends.begin(tx, key, chosen)
    return RedirectResponse(f"{PATH}/{key}", 303)


@router.get("/{resend_id}")
async def one(request: Request, resend_id: Id, look: Looking) -> Response:
    return await _shown(request, look, resend_id)


@router.post("/{resend_id}/continuar")
async def go_on(request: Request, resend_id: Id, look: Looking, typed: Typed) -> Response:
    try:
        await resends.go_on(request.app.state.begin, look, resend_id)
    except Problem as problem:
        if problem.status not in (409, 503):
            raise
        return await _shown(request, look, resend_id, problem)
    return await _shown(request, look, resend_id)


@router.post("/{resend_id}/parar")
async def stop(request: Request, resend_id: Id, look: Looking, typed: Typed) -> Response:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        await resends.stop(tx, resend_id)
    return await _shown(request, look, resend_id)


@router.get("/{resend_id}/falhas.csv")
async def failures(request: Request, resend_id: Id, look: Looking) -> Response:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        job = await resends.job(tx, resend_id)
    known = await names(look, (item.person_id for item in job.failed))
    rows = [
        (known.get(item.person_id, ""), item.declaration_id, item.failure or "")
        for item in job.failed
    ]
    headers = {"Content-Disposition": 'attachment; filename="falhas.csv"'}
    content = table(("Pessoa", "Declaração", "Por que não foi enviado"), rows)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


async def _shown(
    request: Request, look: Look, resend_id: str, problem: Problem | None = None
) -> Response:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        job = await resends.job(tx, resend_id)
    known = await names(look, (item.person_id for item in job.items))
    template = "_resend.html" if is_part(request) else "resend.html"
    status = problem.status if problem else 200
    return page(request, template, status, job=job, names=known, problem=problem)


async def _chosen(
    request: Request, look: Look, wanted: rules.Wanted, typed: Mapping[str, str]
) -> Sequence[Chosen]:
    """Those that were ticked, or all that match now."""
    if typed.get("alcance") == "todas":
        found = queries.matching(look, wanted, formats_of(request).zone)
        chosen = [Chosen(case.declaration_id, case.person_id) async for case in found]
    else:
        chosen = _ticked(typed)
    if len(chosen) > resends.MOST:
        detail = f"São {len(chosen)}; de uma vez vão no máximo {resends.MOST}. Filtre antes."
        raise Refused("Declarações demais de uma vez", "too-many", detail)
    return chosen


def _ticked(typed: Mapping[str, str]) -> list[Chosen]:
    """What the names of fields say, which anybody can write: an id goes on into an address."""
    return [
        Chosen(_id(name.removeprefix(_ONE)), _whose(person_id))
        for name, person_id in typed.items()
        if name.startswith(_ONE)
    ]


def _unready(typed: Mapping[str, str], chosen: Sequence[Chosen]) -> Problem | None:
    """Why it is not begun: another number than was read, or not confirmed."""
    read = typed.get("total", "")
    if read != str(len(chosen)):
        detail = f"Eram {read or 'outras'}, agora são {len(chosen)}. Confira e confirme de novo."
        return Conflict("A lista mudou desde que você conferiu", "list-changed", detail)
    if not typed.get("sure"):
        return Refused("Falta confirmar", "unconfirmed", "Marque para confirmar o envio.")
    return None


def _asked(
    typed: Mapping[str, str], chosen: Sequence[Chosen], wanted: rules.Wanted
) -> dict[str, object]:
    scope = "todas" if typed.get("alcance") == "todas" else "marcadas"
    return {"chosen": chosen, "scope": scope, "wanted": wanted}


def _key(typed: Mapping[str, str]) -> str:
    return _id(typed.get("key", ""))


def _whose(text: str) -> str:
    if not IDENTIFIER.fullmatch(text):
        raise NotFound()
    return text


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound() from None
