"""A person as the screen shows them: age, documents, alerts, a history that can be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from contracts.registry.api import Consent, Person, TimelineEntry

FULL_AGE = 18
CHANNELS: Mapping[str, str] = {"whatsapp": "WhatsApp", "email": "e-mail", "sms": "SMS"}
ROLES: Mapping[str, str] = {"holder": "titular", "dependant": "dependente"}
ENROLMENTS: Mapping[str, str] = {
    "active": "ativa",
    "cancelled": "cancelada",
    "deceased": "encerrada por óbito",
}
CPTS: Mapping[str, str] = {"in_force": "em vigor", "ended": "encerrada"}
SENDS: Mapping[str, str] = {
    "queued": "na fila",
    "sending": "enviando",
    "sent": "enviado",
    "delivered": "entregue",
    "failed": "falhou",
    "unknown": "destino desconhecido",
}
MESSAGES: Mapping[str, str] = {
    "ds.link": "link da declaração",
    "ds.link_renewed": "link renovado",
    "ds.reminder": "lembrete",
    "ds.code": "código",
    "ds.assistance_code": "código do balcão",
    "ds.released": "adesão liberada",
    "ds.contacts_changed": "contatos mudaram",
    "ds.message": "mensagem da declaração",
    "ds.documents_request": "pedido de documentos",
    "ds.exam_request": "pedido de perícia",
    "ds.interview_booked": "entrevista marcada",
    "ds.interview_offer": "horários de entrevista",
    "ds.interview_reminder": "lembrete da entrevista",
    "ds.negotiation": "conversa com a operadora",
    "ds.offer": "oferta",
    "ds.receipt": "recibo",
    "ds.term": "termo a assinar",
    "ds.term_signed": "termo assinado",
}
SOURCES: Mapping[str, str] = {
    "registry": "cadastro",
    "health_declaration": "declaração de saúde",
    "contact": "contatos",
    "worklist": "tarefas",
    "erp": "ERP",
    "person": "a própria pessoa",
}
_FAILURES = (
    "contact.contact.failed.",
    "health_declaration.cpt.refused_by_erp.",
    "health_declaration.deadline.missed.",
    "health_declaration.declaration.expired.",
    "health_declaration.interview.missed.",
    "worklist.task.escalated.",
)


def age(birth_on: date, today: date) -> int:
    """Whole years; who was born on 29 February has their day on 1 March in other years."""
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


def written(cpf: str) -> str:
    """A CPF as people write it."""
    return f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"


def phone(value: str) -> str:
    """A Brazilian number as people write it; any other as it came."""
    if not value.startswith("+55") or len(value) not in (13, 14):
        return value
    area, number = value[3:5], value[5:]
    return f"({area}) {number[:-4]}-{number[-4:]}"


def alerts(person: Person, today: date) -> tuple[str, ...]:
    """What whoever opens the person must see first."""
    told = {
        "Cadastro unido a outro: o que vale está no outro.": person.merged_into is not None,
        "Menor de idade: quem responde é o representante.": age(person.birth_on, today) < FULL_AGE,
        "Sem contato: nada pode ser enviado.": not person.contacts,
    }
    return tuple(words for words, holds in told.items() if holds)


@dataclass(frozen=True)
class Happening:
    """One thing that happened, or the same one several times in a row."""

    entry: TimelineEntry
    times: int = 1

    @property
    def failed(self) -> bool:
        """Whether it is something that went wrong."""
        return self.entry.kind.startswith(_FAILURES)


@dataclass(frozen=True)
class DayOf:
    """What happened on one local day, newest first."""

    day: date
    happenings: tuple[Happening, ...]


def by_day(entries: Sequence[TimelineEntry], zone: ZoneInfo) -> tuple[DayOf, ...]:
    """The history by local days; what repeats itself in a row is told once, failures never less."""

    def local(entry: TimelineEntry) -> date:
        return entry.at.astimezone(zone).date()

    return tuple(
        DayOf(day, tuple(_folded(list(same)))) for day, same in groupby(entries, key=local)
    )


def _folded(entries: Iterable[TimelineEntry]) -> Iterable[Happening]:
    for _, same in groupby(entries, key=lambda entry: (entry.kind, entry.author)):
        alike = list(same)
        yield Happening(alike[0], len(alike))


@dataclass(frozen=True)
class Agreed:
    """One purpose and how the person stands to it now."""

    consent: Consent
    changes: int


def agreements(consents: Iterable[Consent]) -> tuple[Agreed, ...]:
    """The last word on each purpose; consents come oldest first."""
    told: dict[str, list[Consent]] = {}
    for one in consents:
        told.setdefault(one.purpose, []).append(one)
    return tuple(Agreed(same[-1], len(same)) for same in told.values())


def since(moment: datetime, zone: ZoneInfo) -> date:
    """The local day of a moment."""
    return moment.astimezone(zone).date()
