"""Queues, hours and colleagues as forms: what stands there as text, and text as it is sent."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.worklist.team import ColleagueView, HoursView, QueueView, StepIn
from services.console.rules.words import QUEUES, called

Values = Mapping[str, list[str]]
"""Name of a field → what stands in it; several where several may be chosen."""
DAYS = ("Segunda", "Terça", "Quarta", "Quinta", "Sexta", "Sábado", "Domingo")
ANCHORS: Mapping[str, str] = {
    "opened": "depois de aberta",
    "claimed": "depois de assumida",
    "due": "depois do prazo",
}
AT_ONCE: Mapping[str, str] = {"opened": "ao abrir", "claimed": "ao ser assumida", "due": "no prazo"}
ACTS: Mapping[str, str] = {
    "tell_owner": "avisar quem está com ela",
    "tell_supervisor": "avisar a supervisão",
    "release": "devolver à fila",
    "raise": "passar à frente das outras",
}
ZONES: Mapping[str, str] = {
    "America/Sao_Paulo": "Brasília",
    "America/Manaus": "Amazonas",
    "America/Cuiaba": "Mato Grosso",
    "America/Campo_Grande": "Mato Grosso do Sul",
    "America/Belem": "Pará e Amapá",
    "America/Fortaleza": "Ceará e Nordeste",
    "America/Recife": "Pernambuco",
    "America/Bahia": "Bahia",
    "America/Porto_Velho": "Rondônia",
    "America/Boa_Vista": "Roraima",
    "America/Rio_Branco": "Acre",
    "America/Noronha": "Fernando de Noronha",
}
STATES = [
    *("AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA"),
    *("PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO"),
]
STEPS, SPARE = 10, 2
_SHIFT = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|às|a)\s*(\d{1,2}):(\d{2})")
_BETWEEN = re.compile(r"[\s,;e]*")
_HOLIDAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(.+)")
_MIDNIGHT = 24 * 60


class Unreadable(ValueError):
    """Fields that could not be read, each with why."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("unreadable")
        self.errors = dict(errors)


def one(values: Values, name: str) -> str:
    """What stands in a field that holds one thing."""
    return (values.get(name) or [""])[0].strip()


def queue_values(view: QueueView) -> dict[str, list[str]]:
    """A queue as its form shows it."""
    values = {
        "title": [view.title if view.version else called(QUEUES, view.name)],
        "minutes": [str(view.minutes)],
        "hours": [view.hours],
        "supervisors": list(view.supervisors),
    }
    for number, step in enumerate(view.ladder):
        values[f"step-{number}-minutes"] = [str(step.minutes)]
        values[f"step-{number}-anchor"] = [step.anchor]
        values[f"step-{number}-acts"] = list(step.acts)
    return values


def queue_body(values: Values) -> dict[str, Any]:
    """A queue of what stands in the form; a step without minutes is none."""
    ladder = [
        {
            "minutes": one(values, f"step-{number}-minutes"),
            "anchor": one(values, f"step-{number}-anchor"),
            "acts": values.get(f"step-{number}-acts", []),
        }
        for number in range(STEPS)
        if one(values, f"step-{number}-minutes")
    ]
    plain = {name: one(values, name) for name in ("title", "minutes", "hours")}
    return plain | {"ladder": ladder, "supervisors": values.get("supervisors", [])}


def hours_values(view: HoursView) -> dict[str, list[str]]:
    """Hours as their form shows them."""
    days = {
        f"day-{number}": [", ".join(_shift(shift.start, shift.end) for shift in shifts)]
        for number, shifts in enumerate(view.week)
    }
    lines = "\n".join(f"{each.day:%d/%m/%Y} {each.title}" for each in view.holidays)
    return {"zone": [view.zone], "state": [view.state or ""], "holidays": [lines]} | days


def hours_body(values: Values) -> dict[str, Any]:
    """Hours of what stands in the form; Unreadable says which day or line is none."""
    errors: dict[str, str] = {}
    week = []
    for number in range(len(DAYS)):
        shifts = _shifts(one(values, f"day-{number}"))
        if shifts is None:
            errors[f"day-{number}"] = "Escreva turnos como 08:00-12:00, 13:00-18:00."
        week.append(shifts or [])
    holidays = [_holiday(line) for line in one(values, "holidays").splitlines() if line.strip()]
    if None in holidays:
        errors["holidays"] = "Escreva um por linha, como 25/01/2027 Aniversário da cidade."
    if errors:
        raise Unreadable(errors)
    state = one(values, "state") or None
    return {"zone": one(values, "zone"), "state": state, "week": week, "holidays": holidays}


def colleague_values(view: ColleagueView) -> dict[str, list[str]]:
    """A colleague as their form shows them."""
    every = ["sim"] if view.queues is None else []
    queues = list(view.queues or ())
    return {
        "name": [view.name],
        "every": every,
        "queues": queues,
        "capacity": [str(view.capacity)],
    }


def colleague_body(values: Values) -> dict[str, Any]:
    """A colleague of what stands in the form."""
    queues = None if one(values, "every") else values.get("queues", [])
    return {"name": one(values, "name"), "capacity": one(values, "capacity"), "queues": queues}


def absence_body(values: Values, zone: ZoneInfo) -> dict[str, Any]:
    """Who stands in until when; blank fields end an absence."""
    until = one(values, "away_until")
    try:
        moment = datetime.fromisoformat(until).replace(tzinfo=zone) if until else None
    except ValueError:
        raise Unreadable({"away_until": "Escolha dia e hora."}) from None
    return {"deputy": one(values, "deputy") or None, "away_until": moment}


def rung(step: StepIn) -> str:
    """A step of the ladder in words."""
    when = AT_ONCE[step.anchor]
    if step.minutes:
        when = f"{working(step.minutes)} {ANCHORS[step.anchor]}"
    return f"{when}: {', '.join(ACTS[act] for act in step.acts)}"


def working(minutes: int) -> str:
    """Working minutes as people read them."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min de expediente"
    return f"{hours} h {rest:02d} de expediente" if rest else f"{hours} h de expediente"


def differing(typed: Values, stands: Values, names: Iterable[str]) -> list[str]:
    """Fields in which what was typed is not what stands there now."""
    return [name for name in names if _plain(typed.get(name)) != _plain(stands.get(name))]


def _plain(texts: list[str] | None) -> list[str]:
    return sorted(text.strip() for text in texts or [] if text.strip())


def _shift(start: int, end: int) -> str:
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _shifts(text: str) -> list[dict[str, int]] | None:
    """The shifts of a day; None where the text is none."""
    if _BETWEEN.fullmatch(_SHIFT.sub("", text)) is None:
        return None
    found = [[int(part) for part in match] for match in _SHIFT.findall(text)]
    shifts = [{"start": 60 * a + b, "end": 60 * c + d} for a, b, c, d in found]
    minutes = all(b < 60 and d < 60 for _, b, _, d in found)
    ordered = all(shift["start"] < shift["end"] <= _MIDNIGHT for shift in shifts)
    return shifts if minutes and ordered else None


def _holiday(line: str) -> dict[str, str] | None:
    match = _HOLIDAY.fullmatch(line.strip())
    if match is None:
        return None
    day, month, year, title = match.groups()
    try:
        return {"day": date(int(year), int(month), int(day)).isoformat(), "title": title}
    except ValueError:
        return None
