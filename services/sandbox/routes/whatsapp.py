"""The wire of WhatsApp Cloud API; bearer tokens are checked as Meta does."""

import asyncio
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse

from kit.auth import public
from services.sandbox.rules import graph
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import whatsapp

router = APIRouter(
    prefix="/whatsapp",
    tags=["whatsapp"],
    dependencies=[Depends(public("wire API of the stand-in"))],
)


@router.post("/{version}/{phone_number_id}/messages")
async def send(
    version: Annotated[str, Path(pattern=r"^v\d+\.\d+$")], phone_number_id: str, request: Request
) -> JSONResponse:
    settings: SandboxSettings = request.app.state.settings
    refusal = refused(request, phone_number_id, settings)
    if refusal is not None:
        return JSONResponse(refusal.body(), refusal.status)
    return await answer(request, phone_number_id, settings)


def refused(
    request: Request, phone_number_id: str, settings: SandboxSettings
) -> graph.GraphError | None:
    """A wrong token or another business's number."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not given or not hmac.compare_digest(given.encode(), settings.whatsapp_token.encode()):
        return graph.BAD_TOKEN
    known = phone_number_id == settings.whatsapp_phone_number_id
    return None if known else graph.NO_SUCH_NUMBER


async def answer(request: Request, phone_number_id: str, settings: SandboxSettings) -> JSONResponse:
    """Take the message, then answer as the recipient's mode has it."""
    payload = (await request.body()).decode(errors="replace")
    taken = await whatsapp.take(request.app.state.begin, phone_number_id, payload)
    request.app.state.reporter.notice()
    waits = {"slow": settings.slow_seconds, "lost": settings.lost_seconds}
    await asyncio.sleep(waits.get(taken.mode, 0))
    return JSONResponse(taken.body, taken.status)
