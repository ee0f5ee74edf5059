"""CPTs and the coverage check."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.health_declaration.cpt import (
    CoverageCheck,
    CoverageCheckIn,
    Cpt,
    CptPage,
    ErpPending,
)
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from kit.pages import Cursor, Limit
from services.health_declaration.queries import coverage, cpts, integration
from services.health_declaration.usecases import erp

router = APIRouter(tags=["cpts"])
Filter = Annotated[str | None, Query(max_length=60)]


@router.get("/cpts", dependencies=[allowed("cpt.read")])
async def listed(
    tx: Tx,
    person_id: Filter = None,
    status: Filter = None,
    erp_status: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CptPage:
    wanted = cpts.Wanted(person_id, status, erp_status)
    return await cpts.listed(tx, wanted, cursor, limit)


@router.get("/cpts/{cpt_id}", dependencies=[allowed("cpt.read")])
async def get(cpt_id: str, tx: Tx) -> Cpt:
    return await cpts.get(tx, cpt_id)


@router.post("/cpts/{cpt_id}/reports", dependencies=[allowed("ops.partners")])
async def report_again(cpt_id: str, tx: Tx, once: Once) -> ErpPending:
    async def report() -> ErpPending:
        return await integration.pending(tx, await erp.report_again(tx, cpt_id))

    return await once(report, await integration.person_of(tx, cpt_id))


@router.post(
    "/coverage-checks",
    responses=problem_responses(404),
    dependencies=[allowed("cpt.check")],
)
async def check(body: CoverageCheckIn, tx: Tx) -> CoverageCheck:
    return await coverage.check(tx, body)
