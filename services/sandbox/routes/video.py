"""The wire of the video rooms; who makes rooms holds a bearer token, who enters has a link."""

import hmac
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.sandbox.api import VideoRoomIn, VideoRoomMade, VideoRoomState
from kit.auth import public
from kit.errors import Unauthenticated, problem_responses
from kit.idempotency import IdempotencyKey
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import rooms

router = APIRouter(
    prefix="/video/rooms",
    tags=["video"],
    dependencies=[Depends(public("wire API of the stand-in"))],
)
GUESTS = problem_responses(403)
Login = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBearer(scheme_name="video", auto_error=False)),
]
Token = Annotated[str, Query(min_length=1, max_length=100)]


def customer(request: Request, login: Login) -> None:
    """Whoever bought the service."""
    settings: SandboxSettings = request.app.state.settings
    given = login.credentials if login else ""
    if not given or not hmac.compare_digest(given.encode(), settings.video_token.encode()):
        raise Unauthenticated()


def provider(request: Request) -> rooms.Provider:
    """Ours, from the settings."""
    settings: SandboxSettings = request.app.state.settings
    return rooms.Provider(settings.sandbox_url, settings.video_token)


@router.post("", status_code=201, dependencies=[Depends(customer)])
async def make(
    body: VideoRoomIn, request: Request, idempotency_key: IdempotencyKey = None
) -> VideoRoomMade:
    return await rooms.make(request.app.state.begin, provider(request), body, idempotency_key)


@router.get("/{room_id}", dependencies=[Depends(customer)])
async def read(room_id: str, request: Request) -> VideoRoomState:
    return await rooms.state(request.app.state.begin, room_id)


@router.get("/{room_id}/page", responses=GUESTS, response_class=HTMLResponse)
async def page(room_id: str, token: Token, request: Request) -> HTMLResponse:
    seen = await rooms.look(request.app.state.begin, provider(request), room_id, token)
    told = "A sala está aberta." if seen.open else f"A sala abre em {seen.opens_at.isoformat()}."
    return HTMLResponse(f"<!doctype html><title>Sala</title><p>{escape(told)}")


@router.post("/{room_id}/{action}", responses=GUESTS)
async def visit(
    room_id: str, action: Literal["join", "leave"], token: Token, request: Request
) -> VideoRoomState:
    begin = request.app.state.begin
    return await rooms.visit(begin, provider(request), room_id, token, action)
