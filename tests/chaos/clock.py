"""R5: across month ends, 29 February and a day to either side, no step comes early.

The rules are tried on every date and in the four zones of Brazil by
tests/unit/health_declaration/test_terms_across_dates.py; here the whole stack is, with its clock.
People join on the last minutes of such days. Before each moment at which something falls due the
clock stands still and nothing may have happened; at the moment it must.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from deploy.local.steps import Step, carry_out, python
from deploy.story.report import Report
from deploy.story.world import ZONE
from tests.support.business_days import DAY, works
from tests.support.live import House, house, refused

ZONES = "tests/unit/health_declaration/test_terms_across_dates.py"
BEFORE = timedelta(seconds=60)
MOST_STEPS = 40
REMINDED_DAYS, FORM_DAYS = (1, 3, 5), 30
"""What the rules in force say, written down here by hand."""
SOON = timedelta(minutes=9)
"""What enrolling may take, by the operator's clock."""
STARTS = (
    datetime(2028, 1, 31, 23, 50, tzinfo=ZONE),
    datetime(2028, 2, 28, 23, 50, tzinfo=ZONE),
    datetime(2028, 2, 29, 23, 40, tzinfo=ZONE),
)
"""One after the other: a clock goes forward only. Terms of the first ones run across the next."""


def main() -> int:
    """0 when no step came early, none was left out and the oracle agrees in four zones."""
    report = Report()
    asyncio.run(_run(report))
    report.check("as regras, em cada data e em quatro fusos", _rules())
    return int(bool(report.failed))


def _rules() -> list[str]:
    code, _ = carry_out(Step(ZONES, python("-m", "pytest", "-q", ZONES)))
    return [f"pytest {ZONES}: {code}"] if code else []


async def _run(report: Report) -> None:
    async with house() as ours:
        walk = Walk(ours)
        for start in STARTS:
            await walk.until(start)
            await ours.days_pass(start)
            await ours.enrols(ours.person())
            await ours.settled()
        await walk.until(STARTS[-1] + timedelta(days=2 * FORM_DAYS))
        back = {"to": (await ours.now() - DAY).isoformat()}
        refusal = await refused(ours.staff("motorista", "sandbox").post("/clock", back))
    report.title(f"{len(STARTS)} adesões, de {STARTS[0]:%d/%m/%Y} a {STARTS[-1]:%d/%m/%Y}")
    report.check("nenhum passo antes da hora", walk.early, f"{len(walk.steps)} passos")
    report.check("todo passo na sua hora", walk.late)
    backwards = [] if refusal.code == "clock-backwards" else [refusal.code]
    report.check("um dia para trás não se anda", backwards)
    report.check("os passos são os que a lei manda", _wrong(walk.steps))


class Walk:
    """Goes from one due moment to the next, and looks around just before each."""

    def __init__(self, ours: House) -> None:
        self._house = ours
        self.steps: list[datetime] = []
        self.early: list[str] = []
        self.late: list[str] = []

    async def until(self, end: datetime) -> None:
        """Every step that falls due up to a day."""
        ours = self._house
        for _ in range(MOST_STEPS):
            await self._at_rest()
            due = await ours.quiet.next_due()
            if due is None or due > end:
                return
            before = self._told()
            if due - BEFORE > await ours.now():
                await ours.days_pass(due - BEFORE)
                await self._at_rest()
                if self._told() != before:
                    self.early.append(f"{due.astimezone(ZONE):%d/%m/%Y %H:%M}")
            before = self._told()
            await ours.days_pass(due)
            await self._at_rest()
            if self._told() == before:
                self.late.append(f"{due.astimezone(ZONE):%d/%m/%Y %H:%M}")
            self.steps.append(due.astimezone(ZONE))

    async def _at_rest(self) -> None:
        await self._house.all_due_done()
        await self._house.settled()

    def _told(self) -> int:
        """How many facts the declarations told so far."""
        facts = self._house.world.bus.facts.values()
        return sum(fact.topic == "health_declaration.events" for fact in facts)


def _expected() -> list[tuple[datetime, timedelta]]:
    """Each step, and by how much later it may come; steps of one moment are one."""
    reminders = {(start + days * DAY, SOON) for start in STARTS for days in REMINDED_DAYS}
    ends = {(_end(start), timedelta()) for start in STARTS}
    return sorted(reminders | ends)


def _end(start: datetime) -> datetime:
    """The midnight after the form's last day."""
    last = start.date() + FORM_DAYS * DAY
    while not works(last):
        last += DAY
    return datetime.combine(last + DAY, time(), ZONE)


def _wrong(steps: Sequence[datetime]) -> list[str]:
    expected = _expected()
    if len(steps) != len(expected):
        return [
            f"{len(steps)} passos, e não {len(expected)}: {[f'{s:%d/%m %H:%M}' for s in steps]}"
        ]
    return [
        f"{step:%d/%m/%Y %H:%M}, e não {due:%d/%m/%Y %H:%M}"
        for step, (due, later) in zip(sorted(steps), expected, strict=True)
        if not due <= step <= due + later
    ]
