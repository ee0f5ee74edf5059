"""A person's own data, in the session of their form; and the officer's answer to what they ask."""

from fastapi import APIRouter

from contracts.health_declaration import own
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from services.health_declaration.routes.session import TOLD, PublicOnce, Visiting, by_session
from services.health_declaration.usecases import access, own_data

mine = APIRouter(prefix="/public/own-data", dependencies=[by_session], responses=TOLD)
desk = APIRouter(prefix="/own-data-requests/{request_id}", dependencies=[allowed("privacy.erase")])


@mine.get("")
async def see(visit: Visiting) -> own.OwnData:
    return await own_data.see(visit)


@mine.get("/export")
async def export(visit: Visiting) -> own.OwnExport:
    return await own_data.export(visit)


@mine.put("/consents")
async def consent(body: own.OwnConsentIn, visit: Visiting) -> own.OwnConsent:
    return await own_data.consent(visit, body)


@mine.post("/requests", status_code=201)
async def ask(body: own.OwnRequestIn, visit: Visiting, once: PublicOnce) -> own.OwnRequest:
    case = await access.case_of(visit)
    return await once(lambda: own_data.ask(visit, body), case.person_id)


@desk.get("", responses=problem_responses(404))
async def read(request_id: str, tx: Tx) -> own.AskedRequest:
    return await own_data.read(tx, request_id)


@desk.post("/settlement", status_code=201, responses=problem_responses(404, 409))
async def settle(
    request_id: str, body: own.RequestSettlementIn, tx: Tx, once: Once
) -> own.Settlement:
    return await once(lambda: own_data.settle(tx, request_id, body))


router = APIRouter(tags=["own data"])
router.include_router(mine)
router.include_router(desk)
