"""Companies and contracts."""

from fastapi import APIRouter

from contracts.registry import api
from kit.app import Once, Tx, allowed
from services.registry.queries import enrolments as queries
from services.registry.usecases import contracts

router = APIRouter(tags=["contracts"])


@router.post("/companies", status_code=201, dependencies=[allowed("registry.write")])
async def register_company(body: api.CompanyIn, tx: Tx, once: Once) -> api.Company:
    async def done() -> api.Company:
        return queries.company_shown(await contracts.register_company(tx, body))

    return await once(done)


@router.post("/contracts", status_code=201, dependencies=[allowed("registry.write")])
async def register(body: api.ContractIn, tx: Tx, once: Once) -> api.Contract:
    async def done() -> api.Contract:
        return queries.contract_shown(await contracts.register(tx, body))

    return await once(done)


@router.get("/contracts/{contract_id}", dependencies=[allowed("registry.read")])
async def read(contract_id: str, tx: Tx) -> api.Contract:
    return await queries.contract(tx, contract_id)
