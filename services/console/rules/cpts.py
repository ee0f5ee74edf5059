"""CPTs in words: how one stands on a day, what became of it, what the ERP says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from contracts.health_declaration.cpt import Cpt
from services.console.rules.deadlines import Chip, Tone
from services.console.rules.words import called

STATES: Mapping[str, str] = {"in_force": "Em vigor", "ended": "Encerrada"}
ERP: Mapping[str, str] = {
    "reported": "informada, sem resposta",
    "applied": "aplicada pelo ERP",
    "refused": "recusada pelo ERP",
    "no_partner_key": "parada: falta a chave do ERP",
}
_ERP_LOOKS: Mapping[str, tuple[Tone, str]] = {
    "reported": ("paused", "‖"),
    "applied": ("done", "✓"),
    "refused": ("critical", "▲"),
    "no_partner_key": ("warning", "◆"),
}
ENDS: Mapping[str, str] = {
    "term": "o prazo acabou",
    "cancelled": "a inscrição foi cancelada",
    "deceased": "a pessoa faleceu",
    "waived": "a auditoria médica levantou a CPT",
}
CHANNELS: Mapping[str, str] = {
    "code": "por código enviado à pessoa",
    "assisted_code": "por código, com ajuda de um atendente",
    "paper": "em papel, digitalizado",
}


@dataclass(frozen=True)
class Place:
    """Which CPTs, and from where on: all of it is in the address."""

    person_id: str = ""
    status: str = ""
    erp: str = ""
    cursor: str = ""

    @property
    def query(self) -> str:
        """The place as it stands in an address."""
        named = {
            "pessoa": self.person_id,
            "situacao": self.status,
            "erp": self.erp,
            "cursor": self.cursor,
        }
        return urlencode({name: value for name, value in named.items() if value})

    def on(self, cursor: str) -> "Place":
        """The page that begins after a cursor."""
        return Place(self.person_id, self.status, self.erp, cursor)

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.person_id or self.status or self.erp)


def state(cpt: Cpt, today: date) -> Chip:
    """How it stands on a local day: it restricts until the day before its end."""
    if cpt.status == "ended" or cpt.ends_on <= today:
        return Chip("neutral", "✓", "encerrada")
    if today < cpt.starts_on:
        return Chip("paused", "‖", "ainda não começou")
    return Chip("running", "●", "em vigor")


def erp(status: str) -> Chip:
    """What the ERP made of it."""
    tone, mark = _ERP_LOOKS.get(status, ("neutral", "·"))
    return Chip(tone, mark, called(ERP, status))


@dataclass(frozen=True)
class Event:
    """One thing that happened: at a moment, or on a day where the hour is not known."""

    text: str
    at: datetime | None = None
    on: date | None = None


def history(cpt: Cpt) -> tuple[Event, ...]:
    """What is known to have happened, the newest at the head."""
    found = []
    if cpt.status == "ended":
        found.append(Event(f"Encerrada: {called(ENDS, cpt.end_reason)}", on=cpt.ends_on))
    if cpt.erp_revision:
        found.append(Event(f"O ERP aplicou a revisão {cpt.erp_revision}"))
    if cpt.reported_at:
        found.append(Event(f"Revisão {cpt.revision} informada ao ERP", at=cpt.reported_at))
    found.append(Event("CPT criada com a assinatura do termo", at=cpt.created_at))
    if cpt.term:
        found.append(Event("Termo emitido", at=cpt.term.issued_at))
    return tuple(found)


def last_day(cpt: Cpt) -> date:
    """The last day on which it restricts; one that ended at once restricted on none."""
    return max(cpt.ends_on - timedelta(days=1), cpt.starts_on)
