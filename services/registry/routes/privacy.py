"""What the data protection officer does for a person."""

from fastapi import APIRouter, Request, Response

from contracts.registry import api
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from services.registry.usecases import consents, privacy

router = APIRouter(tags=["privacy"])


@router.get(
    "/people/{person_id}/export",
    dependencies=[allowed("privacy.export")],
    responses=problem_responses(410),
)
async def export(person_id: str, tx: Tx) -> api.PersonExport:
    return await privacy.export(tx, person_id)


# What has no body has no media type either.
@router.post(
    "/people/{person_id}/erasure",
    status_code=204,
    response_class=Response,
    dependencies=[allowed("privacy.erase")],
)
async def erase(person_id: str, tx: Tx, request: Request) -> None:
    state = request.app.state
    years = state.settings.declaration_retention_years
    await privacy.erase(tx, state.eraser, person_id, years)


@router.post(
    "/people/{person_id}/consent-revocations",
    status_code=201,
    dependencies=[allowed("privacy.revoke")],
    responses=problem_responses(410),
)
async def revoke(person_id: str, body: api.RevocationIn, tx: Tx, once: Once) -> api.Consent:
    taken_back = api.ConsentIn(**body.model_dump(), given=False)
    return await once(lambda: consents.record(tx, person_id, taken_back))
