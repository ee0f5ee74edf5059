"""One interview opened: for whoever keeps the agenda its times, for its doctor the room."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from contracts.health_declaration.desk import Case, InterviewLine, InterviewView, SlotPage, SlotView
from services.console.queries.agenda import KEEP
from services.console.queries.looking import Lane, Look, lane, names

HOLD = "ds.interview"
_TIMES = 30


@dataclass(frozen=True)
class Opened:
    """What one interview's page shows."""

    line: InterviewLine
    name: str
    mine: bool
    """The reader is the doctor who holds it."""
    keeps: bool
    """The reader keeps the agenda."""
    now: datetime
    times: Lane[SlotPage] | None = None
    case: Lane[Case] | None = None

    @property
    def come(self) -> bool:
        """Whether its hour came."""
        return self.line.starts_at is not None and self.line.starts_at <= self.now

    @property
    def held(self) -> InterviewView | None:
        """The interview as a clinician sees it."""
        case = self.case.shown if self.case else None
        seen = case.clinical.interviews if case and case.clinical else ()
        return next((one for one in seen if one.interview_id == self.line.interview_id), None)

    @property
    def writes(self) -> bool:
        """Whether its doctor may write the result down now."""
        return self.mine and self.come and self.line.status == "scheduled"

    @property
    def free(self) -> tuple[SlotView, ...]:
        """Times that may be chosen."""
        return self.times.shown.items if self.times and self.times.shown else ()


async def line(look: Look, interview_id: str) -> InterviewLine:
    """The interview as it stands; 403 with the rule where it is another doctor's."""
    return await look.health_declaration.get(f"/interviews/{interview_id}", InterviewLine)


async def opened(look: Look, interview_id: str) -> Opened:
    """The interview and what its reader may see of it; only its doctor reads what was declared."""
    seen = await line(look, interview_id)
    mine = look.caller.may(HOLD) and seen.doctor == look.caller.sub
    keeps = look.caller.may(KEEP)
    called, times, case = await asyncio.gather(
        names(look, [seen.person_id]),
        _times(look, seen) if keeps else _nothing(),
        _case(look, seen) if mine else _nothing(),
    )
    return Opened(
        line=seen,
        name=called.get(seen.person_id, ""),
        mine=mine,
        keeps=keeps,
        now=look.now,
        times=times,
        case=case,
    )


async def _nothing() -> None:
    return None


async def _times(look: Look, seen: InterviewLine) -> Lane[SlotPage] | None:
    if seen.status != "open":
        return None
    since = (seen.next_free_at or look.now).isoformat()
    asked = {"from": since, "free": True, "limit": _TIMES}
    return await lane(look.health_declaration.get("/slots", SlotPage, **asked))


async def _case(look: Look, seen: InterviewLine) -> Lane[Case]:
    return await lane(look.health_declaration.get(f"/declarations/{seen.declaration_id}", Case))
