"""What the Temporal processes ask of this service."""

from fastapi import APIRouter

from contracts.health_declaration.cpt import CptAdvance, CptAdvanced
from contracts.health_declaration.process import (
    Advance,
    NextStep,
    OpenAsked,
    OpenCases,
    ProcessNote,
    ProcessNoted,
)
from contracts.ops import DueMoment
from kit.app import Tx, allowed
from services.health_declaration.queries import holding
from services.health_declaration.usecases import cpt_clock, orders, progress

router = APIRouter(tags=["processes"])


@router.post("/declarations/{declaration_id}/advance", dependencies=[allowed("ds.advance")])
async def advance(declaration_id: str, body: Advance, tx: Tx) -> NextStep:
    return await progress.advance(tx, declaration_id, body.now)


@router.post("/cpt-ends/advance", dependencies=[allowed("cpt.advance")])
async def advance_cpt_ends(body: CptAdvance, tx: Tx) -> CptAdvanced:
    return await cpt_clock.advance(tx, body.now, body.limit)


@router.post("/open-cases", dependencies=[allowed("ds.advance")])
async def open_cases(body: OpenAsked, tx: Tx) -> OpenCases:
    return await holding.open_cases(tx, body.after, body.limit)


@router.get("/due-moments/next", dependencies=[allowed("ops.due")])
async def next_due(tx: Tx) -> DueMoment:
    return await progress.next_due(tx)


@router.post("/declarations/{declaration_id}/process-notes", dependencies=[allowed("desk.audit")])
async def note(declaration_id: str, body: ProcessNote, tx: Tx) -> ProcessNoted:
    return await orders.note(tx, declaration_id, body)
