"""The views everybody has: what each asks of the worklist, always in sight with its count."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from contracts.worklist.api import State, Whose
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
_BY_SLUG = {view.slug: view for view in VIEWS}


def view_of(slug: str | None) -> View:
    """The view of an address; the first one where it names none of ours."""
    return _BY_SLUG.get(slug or "", VIEWS[0])


@dataclass(frozen=True)
class Place:
    """Where in the inbox somebody stands: all of it is in the address, so a link opens the same."""

    view: View = VIEWS[0]
    queue: str = ""
    person_id: str = ""
    reference: str = ""
    cursor: str = ""

    @property
    def query(self) -> str:
        """The place as it stands in an address."""
        named = {
            "visao": self.view.slug,
            "fila": self.queue,
            "pessoa": self.person_id,
            "protocolo": self.reference,
            "cursor": self.cursor,
        }
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def first(self) -> "Place":
        """The first page of the same."""
        return replace(self, cursor="")

    def on(self, cursor: str) -> "Place":
        """The page that begins after a cursor."""
        return replace(self, cursor=cursor)

    @property
    def filtered(self) -> bool:
        """Whether anything is left out besides what the view itself leaves out."""
        return bool(self.queue or self.person_id or self.reference)
