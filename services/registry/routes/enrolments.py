"""Enrolments, one by one."""

from fastapi import APIRouter, Request

from contracts.registry import api
from kit.app import Once, Tx, allowed
from services.registry.queries import enrolments as queries
from services.registry.usecases import enrolments

router = APIRouter(tags=["enrolments"])


@router.post("/enrolments", status_code=201, dependencies=[allowed("registry.enrol")])
async def enrol(body: api.EnrolmentIn, tx: Tx, once: Once, request: Request) -> api.Enrolment:
    async def done() -> api.Enrolment:
        limits = enrolments.limits_of(request.app.state.settings)
        return queries.shown(await enrolments.enrol(tx, body, limits))

    return await once(done)


@router.get("/enrolments/{enrolment_id}", dependencies=[allowed("registry.read")])
async def read(enrolment_id: str, tx: Tx) -> api.Enrolment:
    return await queries.one(tx, enrolment_id)


@router.post("/enrolments/{enrolment_id}/end", dependencies=[allowed("registry.enrol")])
async def end(enrolment_id: str, body: api.EnrolmentEndIn, tx: Tx) -> api.Enrolment:
    return queries.shown(await enrolments.end(tx, enrolment_id, body.reason, body.ended_on))


@router.post("/enrolments/{enrolment_id}/joining-date", dependencies=[allowed("registry.enrol")])
async def move_joining(
    enrolment_id: str, body: api.JoiningDateIn, tx: Tx, request: Request
) -> api.Enrolment:
    limits = enrolments.limits_of(request.app.state.settings)
    return queries.shown(await enrolments.move_joining(tx, enrolment_id, body.joining_on, limits))
