"""Keys of the partners that read our topics, and how their ERP stands with each CPT."""

from fastapi import APIRouter

from contracts.health_declaration.cpt import (
    ErpBacklog,
    PartnerKey,
    PartnerKeyIn,
    PartnerKeys,
    PartnerName,
)
from kit.app import Tx, allowed
from kit.pages import Limit
from services.health_declaration.queries import integration
from services.health_declaration.usecases import partners

router = APIRouter(tags=["partners"])


@router.put("/partners/{name}", dependencies=[allowed("ops.partners")])
async def register(name: PartnerName, body: PartnerKeyIn, tx: Tx) -> PartnerKey:
    return await partners.register(tx, name, body)


@router.get("/partners", dependencies=[allowed("ops.partners")])
async def listed(tx: Tx) -> PartnerKeys:
    return PartnerKeys(items=tuple(await partners.listed(tx)))


@router.get("/erp-backlog", dependencies=[allowed("ops.partners")])
async def backlog(tx: Tx, limit: Limit = 100) -> ErpBacklog:
    return await integration.backlog(tx, limit)
