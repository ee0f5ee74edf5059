"""How days, times, money and spans are written for people: the one place that knows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FIELD = "%Y-%m-%dT%H:%M"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Formats:
    """Writes moments in one zone: a day is a local day, an hour one of twenty-four."""

    zone: ZoneInfo

    def day(self, value: date) -> str:
        """27/11/2026, of a day or of the local day of a moment."""
        return self._local(value).strftime("%d/%m/%Y")

    def time(self, moment: datetime) -> str:
        """14:05."""
        return self._local(moment).strftime("%H:%M")

    def clock(self, moment: datetime) -> str:
        """14:05:12."""
        return self._local(moment).strftime("%H:%M:%S")

    def moment(self, moment: datetime) -> str:
        """27/11/2026 14:05."""
        return self._local(moment).strftime("%d/%m/%Y %H:%M")

    def second(self, moment: datetime) -> str:
        """27/11/2026 14:05:12, where the order of things matters."""
        return self._local(moment).strftime("%d/%m/%Y %H:%M:%S")

    def deadline(self, moment: datetime) -> str:
        """The same of a term; one that ends with a day is told by that day, not by the next."""
        local = moment.astimezone(self.zone)
        if local.time() == time():
            return f"{self.day(local - timedelta(microseconds=1))}, fim do dia"
        return self.moment(moment)

    def short(self, moment: datetime) -> str:
        """27/11 14:05, where the year goes without saying."""
        return self._local(moment).strftime("%d/%m %H:%M")

    def told_moment(self, text: str) -> str:
        """27/11/2026 14:05, of a moment as services write it; the text itself where it is none."""
        try:
            return self.moment(datetime.fromisoformat(text))
        except ValueError:
            return text

    def field(self, moment: datetime) -> str:
        """As a field of date and time holds it."""
        return self._local(moment).strftime(_FIELD)

    def read_field(self, text: str) -> datetime | None:
        """What somebody put into such a field, as a moment; None when it is none."""
        try:
            return datetime.strptime(text.strip()[:16], _FIELD).replace(tzinfo=self.zone)
        except ValueError:
            return None

    def _local(self, value: date) -> date:
        return value.astimezone(self.zone) if isinstance(value, datetime) else value


def money(cents: int) -> str:
    """R$ 1.234,56."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}R$\u00a0{number(whole)},{rest:02d}"


def number(value: int) -> str:
    """1.234."""
    return f"{value:,}".replace(",", ".")


def span(length: timedelta) -> str:
    """How long, in its two largest units: 35 min, 1 h 37, 2 d 3 h."""
    minutes = abs(length) // _MINUTE
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d}"
    return f"{hours // 24} d {hours % 24} h"
