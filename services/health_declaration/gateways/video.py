"""The provider of video rooms, behind one protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError

TIMEOUT_SECONDS = 5.0


class NoRoom(Exception):
    """The provider gave no room; the interview may be held in person."""


class Made(BaseModel):
    """The addresses of a room: one for the guest, one for the host."""

    room_id: str
    join_url: str
    host_url: str


class VideoRooms(Protocol):
    """Makes rooms that open and close at given hours."""

    async def make(self, tenant_id: int, key: str, opens_at: datetime, closes_at: datetime) -> Made:
        """A room; the same `key` asks for the same one. Raises NoRoom."""


@dataclass(frozen=True)
class HttpVideoRooms:
    """The provider's HTTP API."""

    client: httpx.AsyncClient
    base_url: str

    async def make(self, tenant_id: int, key: str, opens_at: datetime, closes_at: datetime) -> Made:
        """POST /rooms of the provider."""
        body = {
            "tenant_id": tenant_id,
            "opens_at": opens_at.isoformat(),
            "closes_at": closes_at.isoformat(),
        }
        try:
            answer = await self.client.post(
                f"{self.base_url}/rooms", json=body, headers={"Idempotency-Key": key}
            )
            answer.raise_for_status()
            return Made.model_validate_json(answer.content)
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as refused:
            raise NoRoom(type(refused).__name__) from None


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """`app.state.video` for the life of an HTTP process."""
    settings = app.state.settings
    headers = {"Authorization": f"Bearer {settings.video_token}"}
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers=headers) as client:
        app.state.video = HttpVideoRooms(client, settings.video_url)
        yield
