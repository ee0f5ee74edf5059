"""The whole list behind a page, for a file: the same question, line by line as it is shown."""

from collections.abc import Callable, Mapping

from contracts.worklist.api import Export, ExportIn
from contracts.worklist.team import Column
from kit.errors import Refused
from services.console.queries.inbox import Line, line, page, question
from services.console.queries.looking import Look, names
from services.console.rules.columns import COLUMNS
from services.console.rules.formats import Formats, number
from services.console.rules.sheets import sheet
from services.console.rules.views import Place
from services.console.rules.words import FORMS, PRIORITIES, QUEUES, called

MOST = 10_000
"""More than this nobody reads: whoever wants it narrows the list first."""
_AT_ONCE = 200
NAMELESS = "pessoa não mostrada"


async def written(look: Look, place: Place, formats: Formats) -> str:
    """The file; that it was made is in the trail before anybody has it."""
    lines = await _all(look, place.first)
    wish = ExportIn(query=question(look, place), columns=place.columns, rows=len(lines))
    await look.worklist.post("/task-exports", wish, Export)
    cells = [_CELLS[column] for column in place.columns]
    rows = [[text for cell in cells for text in cell(one, formats)] for one in lines]
    return sheet(_header(place), rows)


async def _all(look: Look, place: Place) -> list[Line]:
    """Each task once, as it stood when its page was read: what is moved meanwhile to further down
    is met again there."""
    lines: dict[str, Line] = {}
    while True:
        told = await page(look, place, _AT_ONCE)
        known = await names(look, (task.person_id for task in told.items))
        for task in told.items:
            lines.setdefault(task.task_id, line(look, task, known))
        if told.next_cursor is None:
            return list(lines.values())
        if len(lines) >= MOST:
            detail = f"A planilha leva até {number(MOST)} linhas. Restrinja o filtro."
            raise Refused("Linhas demais para uma planilha", "too-many-rows", detail)
        place = place.on(told.next_cursor)


def _header(place: Place) -> list[str]:
    titles = [[COLUMNS[one]] + (["Situação"] if one == "due" else []) for one in place.columns]
    return [title for pair in titles for title in pair]


def _forms(one: Line, formats: Formats) -> list[str]:
    return [called(FORMS, one.task.form) + (" (escalada)" if one.task.escalated else "")]


def _waiting(one: Line, formats: Formats) -> list[str]:
    since = one.task.waiting_since
    return [formats.moment(since) if since else ""]


_CELLS: Mapping[Column, Callable[[Line, Formats], list[str]]] = {
    "due": lambda one, formats: [formats.deadline(one.task.due_at), one.chip.words],
    "person": lambda one, _: [one.name or NAMELESS],
    "form": _forms,
    "reference": lambda one, _: [one.task.reference or ""],
    "queue": lambda one, _: [called(QUEUES, one.task.queue)],
    "owner": lambda one, _: [one.task.owner_name or one.task.owner or "ninguém"],
    "priority": lambda one, _: [PRIORITIES[one.task.priority]],
    "opened": lambda one, formats: [formats.moment(one.task.opened_at)],
    "waiting": _waiting,
}
