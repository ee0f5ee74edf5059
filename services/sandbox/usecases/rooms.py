"""Video rooms: opened for an hour, entered with a token, every coming and going kept."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.sandbox.api import VideoRoomIn, VideoRoomMade, VideoRoomState, VideoVisit
from kit.db import Begin, Transaction
from kit.errors import Conflict, Forbidden, NotFound, Refused
from services.sandbox.models import Room, TenantClock, Visit


@dataclass(frozen=True)
class Provider:
    """Where rooms are entered, and the secret that their tokens come from."""

    base_url: str
    secret: str

    def token(self, room_id: str, who: str) -> str:
        """The same for ever: the same room asked for again has the same addresses."""
        return hmac.new(self.secret.encode(), f"{room_id}/{who}".encode(), "sha256").hexdigest()

    def url(self, room_id: str, who: str) -> str:
        """The address that enters the room."""
        token = self.token(room_id, who)
        return f"{self.base_url}/video/rooms/{room_id}/page?token={token}"

    def who(self, room_id: str, token: str) -> str:
        """Guest or host; 403 for anybody else."""
        for who in ("guest", "host"):
            if hmac.compare_digest(self.token(room_id, who).encode(), token.encode()):
                return who
        raise Forbidden("Este endereço não abre a sala", "room-token")


async def make(
    begin: Begin, provider: Provider, body: VideoRoomIn, key: str | None
) -> VideoRoomMade:
    """A room; the same key asks for the same one, whose hours may change."""
    if body.closes_at <= body.opens_at:
        raise Refused("Dados inválidos", "room-hours", "A sala fecha antes de abrir.")
    room_id = f"{body.tenant_id}-{uuid5(NAMESPACE_URL, key) if key else uuid4()}"
    row = {"tenant_id": body.tenant_id, "id": room_id}
    hours = {"opens_at": body.opens_at, "closes_at": body.closes_at}
    async with begin(body.tenant_id) as tx:
        await tx.session.execute(
            insert(Room)
            .values(**row, **hours)
            .on_conflict_do_update(index_elements=list(row), set_=hours)
        )
    return VideoRoomMade(
        room_id=room_id,
        join_url=provider.url(room_id, "guest"),
        host_url=provider.url(room_id, "host"),
    )


async def state(begin: Begin, room_id: str) -> VideoRoomState:
    """The room and who came and went; for who made it."""
    async with begin(_tenant(room_id)) as tx:
        return await _state(tx, await _room(tx, room_id))


async def look(begin: Begin, provider: Provider, room_id: str, token: str) -> VideoRoomState:
    """What the page shows; looking changes nothing."""
    provider.who(room_id, token)
    return await state(begin, room_id)


async def visit(
    begin: Begin, provider: Provider, room_id: str, token: str, action: str
) -> VideoRoomState:
    """Come in or leave; 409 before the hour and after it."""
    who = provider.who(room_id, token)
    async with begin(_tenant(room_id)) as tx:
        room, now = await _room(tx, room_id), await _now(tx)
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
