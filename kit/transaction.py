"""What routes declare: who may call, the transaction they get, and once-only POSTs."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from kit.auth import Caller, requires
from kit.bodies import arrived
from kit.db import Transaction
from kit.errors import Unauthenticated
from kit.idempotency import IdempotencyKey, OnceOnly


def allowed(*permissions: str) -> Any:
    """Route dependency: the caller must hold one of these. Goes first in `dependencies=[…]`."""
    return Depends(requires(*permissions))


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Unauthenticated()
    await arrived(request)
    async with request.app.state.begin(caller.tenant_id, caller) as tx:
        yield tx


# scope="function": the commit precedes the reply, so "done" is never told too early.
Tx = Annotated[Transaction, Depends(_transaction, scope="function")]


async def _once(
    request: Request, response: Response, tx: Tx, idempotency_key: IdempotencyKey = None
) -> OnceOnly:
    return OnceOnly(request, response, tx, idempotency_key)


Once = Annotated[OnceOnly, Depends(_once, scope="function")]
