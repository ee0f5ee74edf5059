"""HTTP: contacts for people of the operator, webhooks for providers."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError

from contracts.contact.api import (
    ContactPage,
    ContactRecord,
    ContactStatus,
    MessageTemplates,
    ResolveContact,
)
from kit.app import Once, Tx, allowed
from kit.auth import public
from kit.bodies import takes_file_from
from kit.errors import BadRequest, Forbidden, problem_responses
from kit.pages import Cursor, Limit
from services.contact import queries
from services.contact.gateways.whatsapp import Report, signed
from services.contact.settings import ContactSettings
from services.contact.usecases import outcomes

router = APIRouter(tags=["contacts"])
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
hooks = APIRouter(
    tags=["webhooks"],
    dependencies=[Depends(public("signed by the provider"))],
    responses=problem_responses(403),
)


@router.get("/contacts", dependencies=[allowed("contact.read")])
async def list_contacts(
    tx: Tx,
    person_id: Annotated[str | None, Query(max_length=100)] = None,
    status: ContactStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ContactPage:
    return await queries.page(tx, person_id, status, cursor, limit)


@router.get("/contacts/{contact_id}", dependencies=[allowed("contact.read")])
async def get_contact(contact_id: str, tx: Tx) -> ContactRecord:
    return await queries.one(tx, contact_id)


@router.post("/contacts/{contact_id}/resolve", dependencies=[allowed("contact.resolve")])
async def resolve(contact_id: str, body: ResolveContact, tx: Tx, once: Once) -> ContactRecord:
    return await once(lambda: outcomes.resolve(tx, contact_id, body))


@router.get("/templates", dependencies=[allowed("contact.templates")])
async def list_templates() -> MessageTemplates:
    return queries.templates()


@hooks.get("/webhooks/whatsapp", response_class=PlainTextResponse)
async def verify(
    request: Request,
    mode: Annotated[str, Query(alias="hub.mode", max_length=20)],
    token: Annotated[str, Query(alias="hub.verify_token", max_length=200)],
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=200)],
) -> PlainTextResponse:
    settings: ContactSettings = request.app.state.settings
    if mode != "subscribe" or not token or token != settings.whatsapp_verify_token:
        raise Forbidden("Verificação recusada", "webhook-not-verified")
    return PlainTextResponse(challenge)


async def _says_signed(request: Request) -> bool:
    """A signature is of the whole body, of which nothing is parsed before it was found right."""
    return _SIGNATURE.fullmatch(request.headers.get("X-Hub-Signature-256", "")) is not None


@hooks.post(
    "/webhooks/whatsapp", response_class=Response, dependencies=[takes_file_from(_says_signed)]
)
async def whatsapp(request: Request) -> Response:
    settings: ContactSettings = request.app.state.settings
    payload = await request.body()
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not signed(settings.whatsapp_app_secret, payload, signature):
        raise Forbidden("Assinatura inválida", "bad-signature")
    await outcomes.take_report(request.app.state.begin, read_report(payload))
    return Response()


def read_report(payload: bytes) -> Report:
    """The body once its signature was found right; 400 when it is not a report."""
    try:
        return Report.model_validate_json(payload)
    except ValidationError:
        raise BadRequest("Relatório malformado", "bad-report") from None
