"""The list of declarations: what may be asked of it, all of it in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from contracts.health_declaration.stages import CoarseStage, Stage

PATH = "/declaracoes"
STATES: Mapping[str, str] = {"abertas": "Em aberto", "encerradas": "Encerradas", "todas": "Todas"}
PARTIES: Mapping[str, str] = {"operadora": "A operadora", "proponente": "O proponente"}
TERMS: Mapping[str, str] = {"vencidas": "Vencido", "hoje": "Até o fim de hoje", "3d": "Em 3 dias"}
CONTRACTS: Mapping[str, str] = {
    "individual": "individual ou familiar",
    "by_affiliation": "coletivo por adesão",
    "company": "coletivo empresarial",
    "sole_trader": "empresário individual",
}
WAITING_ON: Mapping[str, str] = {
    "operator": "a operadora",
    "proponent": "o proponente",
    "erp": "o ERP",
    "nobody": "ninguém",
}
AWAITS: Mapping[str, str] = {
    "operator": "Espera pela operadora",
    "proponent": "Espera pelo proponente",
    "erp": "Espera pelo ERP",
    "nobody": "Não espera por ninguém",
}
_PARTY: Mapping[str, Literal["operator", "proponent"]] = {
    "operadora": "operator",
    "proponente": "proponent",
}
_STATE: Mapping[str, Literal["open", "settled"]] = {"abertas": "open", "encerradas": "settled"}


@dataclass(frozen=True)
class Wanted:
    """Which declarations, as the address says it; what it says amiss is as if unsaid."""

    state: str = "abertas"
    stage: str = ""
    party: str = ""
    term: str = ""
    contract: str = ""
    since: str = ""
    until: str = ""
    """Local days between which the case came to its stage, both included."""
    reference: str = ""
    person_id: str = ""
    cursor: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        named = {
            "situacao": self.state if self.state != "abertas" else "",
            "etapa": self.stage,
            "com": self.party,
            "prazo": self.term,
            "contrato": self.contract,
            "desde": self.since,
            "ate": self.until,
            "referencia": self.reference,
            "pessoa": self.person_id,
            "cursor": self.cursor,
        }
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def address(self) -> str:
        """The page of it."""
        return f"{PATH}?{self.query}" if self.query else PATH

    @property
    def first(self) -> "Wanted":
        """The first page of the same."""
        return replace(self, cursor="")

    def on(self, cursor: str) -> "Wanted":
        """The page that begins after a cursor."""
        return replace(self, cursor=cursor)

    @property
    def filtered(self) -> bool:
        """Whether anything is left out besides what is over."""
        return self.first != Wanted(state=self.state)


def stages(*, clinical: bool) -> tuple[str, ...]:
    """The stages that somebody may ask for."""
    return get_args(Stage) if clinical else get_args(CoarseStage)


def wanted(given: Mapping[str, str], *, clinical: bool) -> Wanted:
    """What the parts of an address ask for."""

    def one_of(name: str, known: Mapping[str, str], otherwise: str = "") -> str:
        return given.get(name, "") if given.get(name) in known else otherwise

    stage = given.get("etapa", "")
    return Wanted(
        state=one_of("situacao", STATES, "abertas"),
        stage=stage if stage in stages(clinical=clinical) else "",
        party=one_of("com", PARTIES),
        term=one_of("prazo", TERMS),
        contract=one_of("contrato", CONTRACTS),
        since=_day(given.get("desde", "")),
        until=_day(given.get("ate", "")),
        reference=given.get("referencia", "").strip()[:60],
        person_id=given.get("pessoa", "").strip()[:100],
        cursor=given.get("cursor", "")[:500],
    )


def asked(of: Wanted, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The same as the service is asked it: days are local days."""
    settled = of.stage in ("released", "integrated", "expired", "withdrawn", "cancelled")
    return {
        "state": None if settled else _STATE.get(of.state),
        "stage": of.stage,
        "waiting_on": _PARTY.get(of.party),
        "contract_kind": of.contract,
        "since_from": _begins(of.since, zone),
        "since_until": _begins(of.until, zone, days=1),
        "due_before": _bound(of.term, now, zone),
        "reference": of.reference,
        "person_id": of.person_id,
    }


def _bound(term: str, now: datetime, zone: ZoneInfo) -> str | None:
    if term == "vencidas":
        return now.isoformat()
    today = now.astimezone(zone).date()
    days = {"hoje": 1, "3d": 4}.get(term)
    return _begins(today.isoformat(), zone, days=days) if days else None


def _begins(day: str, zone: ZoneInfo, days: int = 0) -> str | None:
    if not day:
        return None
    begun = date.fromisoformat(day) + timedelta(days=days)
    return datetime.combine(begun, time(), zone).isoformat()


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if date(2000, 1, 1) <= day < date(2100, 1, 1) else ""
