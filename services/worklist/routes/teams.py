"""Queues, hours and the people who work in them."""

from typing import Annotated

from fastapi import APIRouter, Path

from contracts.worklist import api, team
from kit.app import Tx, allowed
from services.worklist.queries import teams as reads
from services.worklist.usecases import colleagues, teams

router = APIRouter(tags=["teams"])
_may_read = allowed("tasks.read")
_may_manage = allowed("tasks.manage")
Name = Annotated[team.Name, Path()]
Sub = Annotated[api.Subject, Path()]


@router.get("/queues", dependencies=[_may_read])
async def list_queues(tx: Tx) -> team.Queues:
    return await reads.queues(tx)


@router.put("/queues/{name}", dependencies=[_may_manage])
async def put_queue(name: Name, body: team.QueueIn, tx: Tx) -> team.QueueView:
    return await teams.put_queue(tx, name, body)


@router.get("/working-hours", dependencies=[_may_read])
async def list_hours(tx: Tx) -> team.HoursList:
    return await reads.hours(tx)


@router.put("/working-hours/{name}", dependencies=[_may_manage])
async def put_hours(name: Name, body: team.HoursIn, tx: Tx) -> team.HoursView:
    return await teams.put_hours(tx, name, body)


@router.get("/colleagues", dependencies=[_may_read])
async def list_colleagues(tx: Tx) -> team.Colleagues:
    return await reads.colleagues(tx)


@router.put("/colleagues/{sub}", dependencies=[_may_manage])
async def put_colleague(sub: Sub, body: team.ColleagueIn, tx: Tx) -> team.ColleagueView:
    return await colleagues.put(tx, sub, body)


@router.put("/colleagues/{sub}/absence", dependencies=[allowed("tasks.work")])
async def put_absence(sub: Sub, body: team.AbsenceIn, tx: Tx) -> team.ColleagueView:
    return await colleagues.put_absence(tx, sub, body)
