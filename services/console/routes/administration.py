"""S25, administration: queues, hours, colleagues; what each role may do; texts that are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.contact.api import MessageTemplates
from kit.errors import Problem
from services.console.queries import administration as reads
from services.console.queries.looking import Look, lane
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed
from services.console.routes.needs import needs
from services.console.routes.pages import page
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules import permissions, team_forms
from services.console.rules.conflicts import Known, Refusal, explained
from services.console.rules.team_forms import Values
from services.console.usecases import administration as acts
from services.console.usecases.administration import Kind, kind_of

router = APIRouter(
    prefix="/administracao",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin), needs("tasks.manage")],
)
Name = Annotated[str, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
Chosen = Annotated[list[str] | None, Query(max_length=20)]
_TEMPLATES = {
    "filas": "admin_queue.html",
    "horarios": "admin_hours.html",
    "pessoas": "admin_colleague.html",
}


@dataclass(frozen=True)
class Told:
    """What came of the last order of a form."""

    form: str = ""
    done: str = ""
    problem: Problem | None = None
    values: Values = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        return self.problem.status if self.problem else HTTPStatus.OK


async def _values(request: Request, typed: Typed) -> Values:
    """All that stands in the form that was sent, once it is certain who filled it in."""
    form = await request.form()
    return {name: [text for text in form.getlist(name) if isinstance(text, str)] for name in typed}


Sent = Annotated[Values, Depends(_values)]


@router.get("")
async def overview(request: Request, look: Looking) -> Response:
    return page(request, "admin.html", team=await reads.team(look), forms=team_forms, now=look.now)


@router.get("/papeis")
async def roles(request: Request, papel: Chosen = None) -> Response:
    seen = permissions.reach(papel or (), None)
    return page(request, "admin_roles.html", rights=permissions, seen=seen)


@router.get("/modelos")
async def templates(request: Request, look: Looking) -> Response:
    found = await lane(look.contact.get("/templates", MessageTemplates))
    return page(request, "admin_templates.html", found=found)


@router.get("/{slug}")
async def named(slug: str, nome: Name) -> Response:
    """From the field of a name to the form of that name."""
    return RedirectResponse(f"/administracao/{kind_of(slug).slug}/{nome}", 303)


@router.get("/{slug}/{name}")
async def show(request: Request, look: Looking, slug: str, name: Id) -> Response:
    return await _shown(request, look, kind_of(slug), name, Told())


@router.post("/{slug}/{name}")
async def write(request: Request, look: Looking, slug: str, name: Id, values: Sent) -> Response:
    kind = kind_of(slug)
    try:
        await acts.write(look, kind, name, values)
        told = Told("main", kind.done)
    except Problem as problem:
        told = _refused("main", problem, values)
    return await _shown(request, look, kind, name, told)


@router.post("/pessoas/{name}/ausencia")
async def absence(request: Request, look: Looking, name: Id, values: Sent) -> Response:
    try:
        await acts.absent(look, name, values, request.app.state.formats.zone)
        told = Told("absence", "Ausência gravada.")
    except Problem as problem:
        told = _refused("absence", problem, values)
    return await _shown(request, look, kind_of("pessoas"), name, told)


def _refused(form: str, problem: Problem, values: Values) -> Told:
    if problem.status not in ECHOED:
        raise problem
    errors = problem.extra.get("errors")
    told = errors if isinstance(errors, list) else []
    wrong = {str(one["field"]).partition(".")[0]: str(one["reason"]) for one in told}
    return Told(form, problem=problem, values=values, wrong=wrong)


async def _shown(request: Request, look: Look, kind: Kind, name: str, told: Told) -> Response:
    view = await acts.stands(look, kind, name)
    team = await reads.team(look)
    now = kind.values(view) if view else dict(kind.blank)
    echoed = told.problem is not None and told.form == "main"
    parts: dict[str, Any] = {
        "name": name,
        "view": view,
        "values": told.values if echoed else now,
        "now": now,
        "moved": team_forms.differing(told.values, now, kind.labels) if echoed else [],
        "told": told,
        "why": _why(request, look, team, told.problem),
        "team": team,
        "at": look.now,
    }
    if kind.slug == "pessoas":
        parts |= await _reach(request, look, name, view)
    status = told.status
    return page(request, _TEMPLATES[kind.slug], status, kind=kind, forms=team_forms, **parts)


async def _reach(request: Request, look: Look, sub: str, view: Any) -> dict[str, Any]:
    """What the colleague can do, as far as their last coming in tells."""
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        last = await reads.last_roles(tx, sub)
    queues = view.queues if view else None
    seen = permissions.reach(last.roles, queues) if last else None
    return {"last": last, "seen": seen, "rights": permissions}


def _why(request: Request, look: Look, team: reads.Team, problem: Problem | None) -> str:
    """Why an order was refused, with who was first and when."""
    if problem is None:
        return ""
    known = Known(look.caller.sub, team.names(), request.app.state.formats)
    return explained(Refusal(problem.title, problem.code, problem.detail, problem.extra), known)
