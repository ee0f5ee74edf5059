"""Video rooms: opened for an hour, entered with a token, every coming and going kept."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from sqlmodel import col, select

from contracts.sandbox.api import VideoRoomIn, VideoRoomMade, VideoRoomState, VideoVisit
from kit.db import Begin, Transaction
from kit.errors import Conflict, Forbidden, NotFound, Refused
from services.sandbox.models import Room, TenantClock, Visit


async def make(begin: Begin, base_url: str, body: VideoRoomIn) -> VideoRoomMade:
    """A room with two tokens, shown here and never again."""
    if body.closes_at <= body.opens_at:
        raise Refused("Dados inválidos", "room-hours", "A sala fecha antes de abrir.")
    guest, host = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    room = Room(
        tenant_id=body.tenant_id,
        id=f"{body.tenant_id}-{uuid4()}",
        guest_hash=_hash(guest),
        host_hash=_hash(host),
        opens_at=body.opens_at,
        closes_at=body.closes_at,
    )
    async with begin(body.tenant_id) as tx:
        tx.session.add(room)
    url = f"{base_url}/video/rooms/{room.id}/page?token="
    return VideoRoomMade(room_id=room.id, join_url=url + guest, host_url=url + host)


async def state(begin: Begin, room_id: str) -> VideoRoomState:
    """The room and who came and went; for who made it."""
    async with begin(_tenant(room_id)) as tx:
        return await _state(tx, await _room(tx, room_id))


async def look(begin: Begin, room_id: str, token: str) -> VideoRoomState:
    """What the page shows; looking changes nothing."""
    async with begin(_tenant(room_id)) as tx:
        room = await _room(tx, room_id)
        _who(room, token)
        return await _state(tx, room)


async def visit(begin: Begin, room_id: str, token: str, action: str) -> VideoRoomState:
    """Come in or leave; 409 before the hour and after it."""
    async with begin(_tenant(room_id)) as tx:
        room = await _room(tx, room_id)
        who, now = _who(room, token), await _now(tx)
        if action == "join" and not room.opens_at <= now < room.closes_at:
            raise Conflict("A sala está fechada", "room-closed", opens=room.opens_at.isoformat())
        entry = Visit(tenant_id=tx.tenant_id, room_id=room_id, who=who, action=action, at=now)
        tx.session.add(entry)
        await tx.session.flush()
        return await _state(tx, room)


async def _state(tx: Transaction, room: Room) -> VideoRoomState:
    query = select(Visit).where(Visit.tenant_id == tx.tenant_id, Visit.room_id == room.id)
    visits = await tx.session.scalars(query.order_by(col(Visit.id)))
    return VideoRoomState(
        room_id=room.id,
        open=room.opens_at <= await _now(tx) < room.closes_at,
        opens_at=room.opens_at,
        closes_at=room.closes_at,
        visits=tuple(
            VideoVisit.model_validate(visit.model_dump(include={"who", "action", "at"}))
            for visit in visits
        ),
    )


async def _room(tx: Transaction, room_id: str) -> Room:
    room = await tx.session.get(Room, (tx.tenant_id, room_id))
    if room is None:
        raise NotFound()
    return room


async def _now(tx: Transaction) -> datetime:
    """Straight from the clock's own row: the provider must not lag behind a jump."""
    clock = await tx.session.get(TenantClock, tx.tenant_id)
    return datetime.now(UTC) + timedelta(seconds=clock.offset_seconds if clock else 0)


def _tenant(room_id: str) -> int:
    number = room_id.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound()
    return int(number)


def _who(room: Room, token: str) -> str:
    given = _hash(token)
    if hmac.compare_digest(given, room.guest_hash):
        return "guest"
    if hmac.compare_digest(given, room.host_hash):
        return "host"
    raise Forbidden("Este endereço não abre a sala", "room-token")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
