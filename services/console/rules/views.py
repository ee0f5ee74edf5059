"""The views everybody has: what each asks of the worklist, always in sight with its count."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from contracts.worklist.api import State, Whose
from contracts.worklist.team import Column
from services.console.rules.columns import USUAL, shown
from services.console.rules.deadlines import SOON


@dataclass(frozen=True)
class View:
    """One view; `within` bounds the term, what is overdue included."""

    slug: str
    title: str
    empty: str
    whose: Whose = "everybody"
    state: State = "open"
    within: timedelta | None = None


VIEWS = (
    View("abertas", "Em aberto", "Fila limpa: nenhuma tarefa em aberto."),
    View("minhas", "Minhas", "Você não tem tarefas. Veja as que estão sem dono.", whose="mine"),
    View("sem-dono", "Sem dono", "Nenhuma tarefa sem dono.", whose="free"),
    View("vencendo", "Vencendo", "Nada vence nas próximas 4 horas.", within=SOON),
    View("vencidas", "Vencidas", "Nada está vencido.", state="overdue"),
    View("escaladas", "Escaladas", "Nada foi escalado.", state="escalated"),
    View("aguardando", "Aguardando terceiro", "Ninguém nos deve resposta.", state="waiting"),
    View("adiadas", "Adiadas", "Você não adiou nenhuma tarefa.", whose="mine", state="snoozed"),
    View("concluidas", "Concluídas", "Nenhuma tarefa concluída.", state="settled"),
)
WORDS = (
    ("queue", "fila"),
    ("owner", "dono"),
    ("priority", "prioridade"),
    ("form", "fazer"),
    ("person_id", "pessoa"),
    ("reference", "protocolo"),
    ("due_from", "de"),
    ("due_until", "ate"),
    ("order", "ordem"),
    ("saved", "salva"),
    ("cursor", "cursor"),
)
"""What of a place is called what in its address."""
FILTERS = tuple(name for name, _ in WORDS if name not in ("order", "saved", "cursor"))
LONGEST = 500
_BY_SLUG = {view.slug: view for view in VIEWS}


def view_of(slug: str | None) -> View:
    """The view of an address; the first one where it names none of ours."""
    return _BY_SLUG.get(slug or "", VIEWS[0])


@dataclass(frozen=True)
class Place:
    """Where in the inbox somebody stands: all of it is in the address, so a link opens the same.

    `owner` is a login, or one of `WHOSE`; days are as a field of days writes them.
    """

    view: View = VIEWS[0]
    queue: str = ""
    owner: str = ""
    priority: str = ""
    form: str = ""
    person_id: str = ""
    reference: str = ""
    due_from: str = ""
    due_until: str = ""
    order: str = ""
    columns: tuple[Column, ...] = USUAL
    saved: str = ""
    """The saved view that this came from, whatever was changed since."""
    cursor: str = ""

    @property
    def query(self) -> str:
        """The place as it stands in an address."""
        named = [("visao", self.view.slug), *((word, getattr(self, name)) for name, word in WORDS)]
        chosen = () if self.columns == USUAL else self.columns
        return urlencode([one for one in named if one[1]] + [("coluna", one) for one in chosen])

    @property
    def first(self) -> "Place":
        """The first page of the same."""
        return replace(self, cursor="")

    def on(self, cursor: str) -> "Place":
        """The page that begins after a cursor."""
        return replace(self, cursor=cursor)

    @property
    def unsaved(self) -> "Place":
        """The first page of the same, whatever view it came from."""
        return replace(self, cursor="", saved="")

    @property
    def filtered(self) -> bool:
        """Whether anything is left out besides what the view itself leaves out."""
        return any(getattr(self, name) for name in FILTERS)

    @property
    def unfiltered(self) -> "Place":
        """The whole view, in the same columns."""
        return Place(self.view, columns=self.columns)


def read(told: Iterable[tuple[str, str]]) -> Place:
    """The place of an address; what is none of its words, or too long to be one, is left out."""
    pairs = [(name, value) for name, value in told if len(value) <= LONGEST]
    words = dict(pairs)
    named = {name: words.get(word, "") for name, word in WORDS}
    chosen = frozenset(value for name, value in pairs if name == "coluna")
    return Place(view_of(words.get("visao")), **named, columns=shown(chosen))
