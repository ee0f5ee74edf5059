"""S19, the trail: who saw or changed what, when and why, over all services."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from contracts.ops import ReasonWanted
from contracts.registry.api import PeopleSearch, PersonPage
from contracts.values import is_cpf
from kit.errors import NotFound
from services.console.queries import audit
from services.console.queries.audit import Found, Own, Remote, Trails
from services.console.queries.integrations import asking
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed
from services.console.routes.needs import needs
from services.console.routes.pages import aims_at, page
from services.console.routes.visit import by_session
from services.console.rules import audit as words
from services.console.rules.formats import Formats
from services.console.rules.integrations import SERVICES
from services.console.rules.tables import MEDIA_TYPE, table
from services.console.rules.trail import ADDRESSED, TrailLine, TrailPlace
from services.console.usecases import trail
from services.console.usecases.trail import Revealed

router = APIRouter(
    prefix="/auditoria",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin), needs("audit.read")],
)
EXPORTED = 5_000
_HEAD = ("Quando", "Quem", "Login", "O que fez", "Onde", "Sobre", "Campos", "Motivo", "Elo")
_UNREAD = "(escrito por quem agiu; não revelado)"


async def _place(request: Request) -> TrailPlace:
    asked = request.query_params
    return TrailPlace(
        **{member: asked.get(name, "").strip()[:500] for name, member in ADDRESSED.items()}
    )


async def _trails(request: Request, look: Looking) -> Trails:
    state = request.app.state
    own = Own(state.begin, state.tables.audit, look.caller)
    remote = {name: Remote(asking(look, name)) for name in SERVICES}
    return Trails(look, state.formats.zone, remote | {"console": own})


Placed = Annotated[TrailPlace, Depends(_place)]
Trailed = Annotated[Trails, Depends(_trails)]


@dataclass(frozen=True)
class Told:
    """What came of the last order of this page."""

    form: str = ""
    wrong: str = ""
    typed: Mapping[str, str] | None = None
    revealed: Revealed | None = None

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.wrong else HTTPStatus.OK


@router.get("")
async def show(request: Request, trails: Trailed, place: Placed) -> Response:
    return await _shown(request, trails, place, Told())


@router.get("/cadeia")
async def chain(request: Request, trails: Trailed) -> Response:
    chains = await audit.chains(trails)
    # Entries are stamped in real time, whatever the business clock says.
    return page(request, "audit_chain.html", audit=words, chains=chains, now=datetime.now(UTC))


@router.post("/pessoas")
async def people(request: Request, look: Looking, place: Placed, typed: Typed) -> Response:
    """Whom the entries are to be about: looked for in a body, for addresses are kept."""
    wanted = typed.get("wanted", "").strip()
    kind = "cpf" if is_cpf(wanted) else "name"
    try:
        asked = PeopleSearch.model_validate({kind: wanted, "limit": audit.PAGE})
    except ValidationError:
        return page(request, "audit_people.html", 422, place=place, people=None)
    found = await look.registry.post("/people/search", asked, PersonPage)
    return page(request, "audit_people.html", place=place, people=found)


_NUMBER = re.compile(r"[0-9]{1,18}")


@router.post("/revelar")
async def reveal(request: Request, trails: Trailed, place: Placed, typed: Typed) -> Response:
    """A reason in its writer's own words, once it was noted who reads it and why."""
    source, number = typed.get("servico", ""), typed.get("registro", "")
    form = f"{source}-{number}"
    wrong = trail.unexplained(typed.get("motivo", ""))
    if wrong:
        return await _shown(request, trails, place, Told(form, wrong, typed))
    if source not in trails.kept or not _NUMBER.fullmatch(number):
        raise NotFound()
    wanted = ReasonWanted(reason=typed["motivo"].strip())
    told = await trails.kept[source].reveal(int(number), wanted)
    revealed = Revealed(source, int(number), told.reason)
    return await _shown(request, trails, place, Told(form, typed=typed, revealed=revealed))


@router.post("/exportar")
async def export(request: Request, trails: Trailed, place: Placed, typed: Typed) -> Response:
    """Every line that the filter finds, as a file, once it was noted who takes it and why."""
    reason = typed.get("motivo", "")
    wrong = trail.unexplained(reason) or place.wrong()
    lines = [] if wrong else await audit.whole(trails, place, EXPORTED)
    if len(lines) > EXPORTED:
        wrong = "São mais de 5.000 registros: escolha menos dias ou um serviço de cada vez."
    if wrong:
        return await _shown(request, trails, place, Told("exportar", wrong, typed))
    caller = trails.look.caller
    async with request.app.state.begin(caller.tenant_id, caller) as tx:
        await trail.note_export(tx, place, len(lines), reason)
    formats: Formats = request.app.state.formats
    content = table(_HEAD, (_row(line, formats) for line in lines))
    headers = {"Content-Disposition": 'attachment; filename="trilha.csv"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


async def _shown(request: Request, trails: Trails, place: TrailPlace, told: Told) -> Response:
    wrong = place.wrong()
    found = Found(place) if wrong else await audit.found(trails, place)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else told.status
    template = "_audit_list.html" if aims_at(request, "list") else "audit.html"
    parts: dict[str, Any] = {"found": found, "place": place, "told": told, "wrong": wrong}
    return page(request, template, status, audit=words, **parts)


def _row(line: TrailLine, formats: Formats) -> tuple[str, ...]:
    entry = line.entry
    return (
        formats.second(entry.at),
        words.actor(entry.actor, entry.actor_name),
        entry.actor,
        words.ACTIONS.get(entry.action, entry.action),
        words.SOURCES[line.source],
        entry.subject,
        ", ".join(words.fields(entry.details)),
        _UNREAD if entry.typed else words.REASONS.get(entry.reason or "", ""),
        str(entry.chain_seq or ""),
    )
