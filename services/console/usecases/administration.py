"""Queues, hours and colleagues are written as whoever runs the place saw them, or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from contracts.base import Message
from contracts.worklist import team
from kit.errors import NotFound, Problem, Refused
from services.console.queries.looking import Look
from services.console.rules import team_forms
from services.console.rules.team_forms import Unreadable, Values
from services.console.usecases.integrations import checked

STALE = "stale-version"


@dataclass(frozen=True)
class Kind:
    """One kind of thing that is written: its words, its addresses, its form."""

    slug: str
    done: str
    path: str
    body: type[Message]
    view: type[BaseModel]
    listed: type[BaseModel]
    named: str
    """By which member of the list it is found."""
    values: Callable[[Any], dict[str, list[str]]]
    read: Callable[[Values], dict[str, Any]]
    labels: Mapping[str, str]
    """Fields of which whoever comes second is told what stands there now."""
    blank: Mapping[str, list[str]]
    """What stands in the form of one that nobody wrote yet."""


_OFFICE = ["08:00-12:00, 13:00-18:00"]
KINDS: Mapping[str, Kind] = {
    "filas": Kind(
        "filas",
        "Fila gravada: vale para as tarefas que abrirem daqui em diante.",
        "/queues",
        team.QueueIn,
        team.QueueView,
        team.Queues,
        "name",
        team_forms.queue_values,
        team_forms.queue_body,
        {"title": "Nome", "minutes": "Prazo", "hours": "Horário", "supervisors": "Supervisão"},
        {"minutes": ["540"], "hours": ["usual"]},
    ),
    "horarios": Kind(
        "horarios",
        "Horário gravado: os prazos das tarefas abertas também seguem nele.",
        "/working-hours",
        team.HoursIn,
        team.HoursView,
        team.HoursList,
        "name",
        team_forms.hours_values,
        team_forms.hours_body,
        {"zone": "Fuso", "state": "Estado", "holidays": "Feriados"}
        | {f"day-{number}": day for number, day in enumerate(team_forms.DAYS)},
        {"zone": ["America/Sao_Paulo"]} | {f"day-{number}": _OFFICE for number in range(5)},
    ),
    "pessoas": Kind(
        "pessoas",
        "Colega gravado.",
        "/colleagues",
        team.ColleagueIn,
        team.ColleagueView,
        team.Colleagues,
        "sub",
        team_forms.colleague_values,
        team_forms.colleague_body,
        {"name": "Nome", "queues": "Filas", "capacity": "Limite"},
        {"every": ["sim"], "capacity": ["50"]},
    ),
}


def kind_of(slug: str) -> Kind:
    """The kind of an address; 404 where there is none."""
    if slug not in KINDS:
        raise NotFound()
    return KINDS[slug]


async def stands(look: Look, kind: Kind, name: str) -> Any:
    """The thing as it is now; None where nobody wrote it."""
    told: Any = await look.worklist.get(kind.path, kind.listed)
    return next((item for item in told.items if getattr(item, kind.named) == name), None)


async def write(look: Look, kind: Kind, name: str, values: Values) -> None:
    """Writes it as the form has it; the same form sent twice writes it once."""
    read = {"version": team_forms.one(values, "version")} | _read(lambda: kind.read(values))
    body = checked(kind.body, read)
    try:
        await look.worklist.put(f"{kind.path}/{name}", body, kind.view)
    except Problem as problem:
        if problem.code != STALE or not await _stands_so(look, kind, name, body):
            raise


async def absent(look: Look, sub: str, values: Values, zone: ZoneInfo) -> None:
    """Who stands in for a colleague until when."""
    read = _read(lambda: team_forms.absence_body(values, zone))
    body = checked(team.AbsenceIn, {"version": team_forms.one(values, "version")} | read)
    await look.worklist.put(f"/colleagues/{sub}/absence", body, team.ColleagueView)


async def _stands_so(look: Look, kind: Kind, name: str, body: Message) -> bool:
    """Whether what stands there is what was to be written, by whomever it was."""
    now = await stands(look, kind, name)
    if now is None:
        return False
    same = kind.body.model_validate(now.model_dump())
    return same.model_dump(exclude={"version"}) == body.model_dump(exclude={"version"})


def _read(reading: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return reading()
    except Unreadable as fault:
        errors = [{"field": name, "reason": why} for name, why in fault.errors.items()]
        raise Refused(code="validation-failed", errors=errors) from None
