"""Controls of the stand-ins, for whoever drives a story."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from contracts.sandbox.api import (
    ClockIn,
    ClockState,
    ErpMode,
    ErpProbe,
    ErpProbeAnswer,
    ErpPublicKey,
    ErpTable,
    ProviderMode,
    RawLog,
)
from kit.app import Tx, allowed
from kit.pages import Limit
from services.sandbox.usecases import clocks, erp, raw, whatsapp

router = APIRouter(tags=["controls"])
ERP = allowed("sandbox.erp")


@router.post("/clock", dependencies=[allowed("sandbox.clock")])
async def move_clock(body: ClockIn, tx: Tx) -> ClockState:
    return await clocks.move(tx, body)


@router.get("/clock", dependencies=[allowed("sandbox.clock")])
async def read_clock(tx: Tx) -> ClockState:
    return await clocks.state(tx)


@router.post("/erp/mode", dependencies=[ERP])
async def set_erp_mode(body: ErpMode, tx: Tx) -> ErpMode:
    return await erp.set_mode(tx, body)


@router.get("/erp/table", dependencies=[ERP])
async def erp_table(tx: Tx, request: Request) -> ErpTable:
    return await erp.table(tx, request.app.state.erp_key)


@router.post("/erp/probe", dependencies=[ERP])
async def erp_probe(body: ErpProbe, tx: Tx, request: Request) -> ErpProbeAnswer:
    return await erp.probe(tx, request.app.state.erp_key, body)


@router.get("/erp/key", dependencies=[ERP])
async def erp_public_key(request: Request) -> ErpPublicKey:
    return ErpPublicKey(jwk=request.app.state.erp_key.public_jwk())


@router.post("/whatsapp-mode", dependencies=[allowed("sandbox.providers")])
async def set_whatsapp_mode(body: ProviderMode, request: Request) -> ProviderMode:
    return await whatsapp.set_mode(request.app.state.begin, body)


@router.get("/raw/{provider}", dependencies=[allowed("sandbox.raw")])
async def raw_requests(
    provider: Literal["whatsapp", "smtp"],
    request: Request,
    since_id: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Limit = 200,
) -> RawLog:
    return await raw.page(request.app.state.begin, provider, since_id, limit)
