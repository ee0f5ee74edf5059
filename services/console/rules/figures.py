"""Figures of the process: which period, and how they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from services.console.rules.declarations import CONTRACTS, PARTIES, PATH

ADDRESS = f"{PATH}/indicadores"
PERIODS: Mapping[str, int] = {"7": 7, "30": 30, "90": 90, "365": 365}
_PARTY_OF = {"operator": "operadora", "proponent": "proponente"}
_TENTHS = 10


@dataclass(frozen=True)
class Period:
    """The last days, today included, and of which kind of contract."""

    days: str = "30"
    contract: str = ""

    @property
    def address(self) -> str:
        """The page of it."""
        named = {"dias": self.days, "contrato": self.contract}
        return f"{ADDRESS}?{urlencode({name: value for name, value in named.items() if value})}"

    def asked(self, now: datetime, zone: ZoneInfo) -> dict[str, str]:
        """As the service is asked: whole local days."""
        first = now.astimezone(zone).date() - timedelta(days=PERIODS[self.days] - 1)
        return {"since": _begins(first, zone), "contract_kind": self.contract}


def period(given: Mapping[str, str]) -> Period:
    """What an address asks for; what it says amiss is as if unsaid."""
    days, contract = given.get("dias", ""), given.get("contrato", "")
    return Period(days if days in PERIODS else "30", contract if contract in CONTRACTS else "")


def drill(of: Period, stage: str, waiting_on: str, *, overdue: bool = False) -> str:
    """The list of the cases that a figure counts."""
    party = _PARTY_OF.get(waiting_on, "")
    named = {
        "etapa": stage,
        "com": party if party in PARTIES else "",
        "prazo": "vencidas" if overdue else "",
        "contrato": of.contract,
    }
    return f"{PATH}?{urlencode({name: value for name, value in named.items() if value})}"


def share(part: float) -> str:
    """62,5 %."""
    tenths = round(part * 100 * _TENTHS)
    whole, rest = divmod(tenths, _TENTHS)
    return f"{whole},{rest}\u00a0%" if rest else f"{whole}\u00a0%"


def _begins(day: date, zone: ZoneInfo) -> str:
    return datetime.combine(day, time(), zone).isoformat()
