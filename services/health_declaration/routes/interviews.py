"""Slots and interviews as staff sees them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from contracts.health_declaration import desk, public
from contracts.permissions import CLINICAL
from kit.app import Once, Tx, allowed
from kit.auth import Caller
from services.health_declaration.queries import interviews as listed
from services.health_declaration.usecases import interviews, rooms, scheduling, slots

router = APIRouter(tags=["interviews"])
# An interview after the signature tells of a declared disease: it is for whoever works with it.
_seen_by = allowed("ds.schedule", "ds.interview", CLINICAL)


@router.post("/slots", status_code=201, dependencies=[allowed("ds.schedule")])
async def give_slots(body: desk.SlotsIn, tx: Tx, once: Once) -> desk.SlotPage:
    return await once(lambda: slots.give(tx, body))


@router.get("/slots", dependencies=[allowed("ds.read")])
async def list_slots(tx: Tx, wanted: Annotated[listed.SlotFilter, Query()]) -> desk.SlotPage:
    return await listed.slots(tx, wanted)


@router.get("/interviews", dependencies=[_seen_by])
async def list_interviews(
    tx: Tx, wanted: Annotated[listed.InterviewFilter, Query()]
) -> desk.InterviewPage:
    return await listed.interviews(tx, wanted)


@router.get("/interviews/{interview_id}", dependencies=[_seen_by])
async def show(interview_id: str, tx: Tx) -> desk.InterviewLine:
    return await interviews.show(tx, interview_id)


@router.post("/interviews/{interview_id}/booking", dependencies=[allowed("ds.schedule")])
async def book(
    interview_id: str, body: desk.BookingIn, tx: Tx, once: Once
) -> desk.InterviewSummary:
    return await once(lambda: scheduling.book(tx, interview_id, body))


@router.post("/interviews/{interview_id}/rescheduling", dependencies=[allowed("ds.schedule")])
async def reschedule(
    interview_id: str, body: desk.RescheduleIn, tx: Tx, once: Once
) -> desk.InterviewSummary:
    return await once(lambda: scheduling.reschedule(tx, interview_id, body))


@router.post("/interviews/{interview_id}/phone", dependencies=[allowed("ds.interview")])
async def by_phone(
    interview_id: str, body: desk.ByPhoneIn, tx: Tx, once: Once
) -> desk.InterviewSummary:
    return await once(lambda: interviews.by_phone(tx, interview_id, body))


@router.post(
    "/interviews/{interview_id}/missed", dependencies=[allowed("ds.schedule", "ds.interview")]
)
async def miss(interview_id: str, body: desk.MissedIn, tx: Tx, once: Once) -> desk.InterviewSummary:
    return await once(lambda: interviews.miss(tx, interview_id, body))


@router.post("/interviews/{interview_id}/result", dependencies=[allowed("ds.interview")])
async def record_result(
    interview_id: str, body: desk.InterviewResultIn, tx: Tx, once: Once
) -> desk.InterviewSummary:
    return await once(lambda: interviews.record_result(tx, interview_id, body))


async def _room_made(interview_id: str, request: Request) -> None:
    caller: Caller = request.state.caller
    await rooms.prepare(
        lambda: request.app.state.begin(caller.tenant_id, caller),
        lambda tx: rooms.wanted_by_host(tx, interview_id),
        request.app.state.video,
    )


@router.post(
    "/interviews/{interview_id}/room",
    # The provider is asked before this request's own transaction opens.
    dependencies=[allowed("ds.interview"), Depends(_room_made)],
)
async def open_room(interview_id: str, tx: Tx) -> public.Room:
    return await rooms.host_room(tx, interview_id)


@router.get("/interviews/{interview_id}/room", dependencies=[allowed("ds.interview")])
async def room(interview_id: str, tx: Tx) -> public.Room:
    return await rooms.host_room(tx, interview_id)
