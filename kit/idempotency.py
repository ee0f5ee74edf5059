"""The same POST twice gives the same answer: key, keyed hash of the request and reply are kept."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import delete, select, text

from kit.db import KeptRefusal, Transaction
from kit.errors import Refused
from kit.plumbing import Plumbing

CLAIM = text("""
    insert into idempotency (tenant_id, key, fingerprint) values (:tenant, :key, :fingerprint)
    on conflict do nothing returning key
""")
KEEP = text("""
    update idempotency set status = :status, reply = :reply
    where tenant_id = :tenant and key = :key
""")
IdempotencyKey = Annotated[str | None, Header(min_length=8, max_length=200)]


class OnceOnly:
    """Runs an action once per key within its transaction; later calls get the kept reply.

    A concurrent call with the same key waits on the row of the first one. A reply is kept only
    when the transaction commits, so a refused request may be corrected under the same key.
    """

    def __init__(
        self, request: Request, response: Response, tx: Transaction, key: str | None
    ) -> None:
        self._request = request
        self._response = response
        self._tx = tx
        self._key = key
        tables: Plumbing = request.app.state.tables
        self._table = tables.idempotency

    async def __call__[R: BaseModel](
        self, action: Callable[[], Awaitable[R]], person_id: str | None = None
    ) -> R:
        """The reply of `action`, or the one kept from before; 422 when the body differs.

        `person_id` is whom the reply tells something of: it is kept sealed with their key.
        """
        if self._key is None:
            return await action()
        fingerprint = await self._fingerprint()
        if not await self._claimed(fingerprint):
            kept: R = await self._kept(fingerprint, person_id)
            return kept
        try:
            reply = await action()
        except KeptRefusal:
            # What was counted commits; the key must stay free for a corrected request.
            await self._tx.connection.execute(delete(self._table).where(self._mine()))
            raise
        told = reply.model_dump_json()
        if person_id is not None:
            told = await self._tx.seal(person_id, told)
        status = self._response.status_code or 0
        await self._tx.connection.execute(KEEP, self._named() | {"status": status, "reply": told})
        return reply

    async def answered(self) -> bool:
        """Whether this very request was answered before: it will do nothing but be answered."""
        if self._key is None:
            return False
        query = select(self._table.c.fingerprint).where(self._mine())
        known = (await self._tx.connection.execute(query)).scalar_one_or_none()
        return known is not None and known == await self._fingerprint()

    async def _fingerprint(self) -> str:
        """Keyed: a plain hash of a body that holds little but a CPF would be guessed back."""
        body = await self._request.body()
        line = f"{self._request.method} {self._request.url.path}\n".encode()
        return self._tx.blind("request", hashlib.sha256(line + body).hexdigest())

    async def _claimed(self, fingerprint: str) -> bool:
        row = self._named() | {"fingerprint": fingerprint}
        return (await self._tx.connection.execute(CLAIM, row)).first() is not None

    async def _kept(self, fingerprint: str, person_id: str | None) -> Any:
        row = (await self._tx.connection.execute(select(self._table).where(self._mine()))).one()
        if row.fingerprint != fingerprint:
            raise Refused(
                "Chave de idempotência já usada com outro pedido",
                "idempotency-key-reused",
                "Use uma chave nova para um pedido diferente.",
            )
        if row.status:
            self._response.status_code = row.status
        route = self._request.scope["route"]
        told = row.reply if person_id is None else await self._tx.open(person_id, row.reply)
        return TypeAdapter(route.response_model).validate_json(told)

    def _named(self) -> dict[str, Any]:
        return {"tenant": self._tx.tenant_id, "key": self._scoped()}

    def _mine(self) -> Any:
        table = self._table
        return (table.c.tenant_id == self._tx.tenant_id) & (table.c.key == self._scoped())

    def _scoped(self) -> str:
        """A key belongs to who sent it: another caller's equal key is another key."""
        return f"{self._tx.actor or ''}/{self._key}"
