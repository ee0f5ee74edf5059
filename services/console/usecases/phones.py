"""Whose phone is where on its way: the link it came with, the code it waits for, the session.

All of it is sealed with a key made from the phone's secret, which only its cookie holds. Times are
real: a moved business clock neither ends a visit nor revives one.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col

from kit.crypto import open_bytes, seal_bytes
from kit.db import Transaction
from kit.tenant_secrets import hashed, new_secret
from services.console.models import PhoneVisit
from services.console.usecases.sessions import now


@dataclass(frozen=True)
class Phone:
    """What is known of a visit; empty where it has not come so far."""

    link: str = ""
    challenge: str = ""
    """The code that the door waits for."""
    session: str = ""
    receipt: str = ""
    """Of the declaration, as JSON: the session may be shut by the very signature."""
    term: str = ""
    """The term once it was signed, likewise."""


async def begin(tx: Transaction, phone: Phone, age: timedelta) -> str:
    """Remembers a phone by the hash of its new secret. What is old goes on the way."""
    old = col(PhoneVisit.seen_at) < now() - age
    await tx.session.execute(
        delete(PhoneVisit).where(col(PhoneVisit.tenant_id) == tx.tenant_id, old)
    )
    secret = new_secret(tx.tenant_id)
    tx.session.add(
        PhoneVisit(
            tenant_id=tx.tenant_id,
            id=hashed(secret),
            state=_sealed(secret, phone),
            seen_at=now(),
        )
    )
    return secret


async def find(tx: Transaction, secret: str, age: timedelta) -> Phone | None:
    """The phone of a secret; None when there is none, or none any more. Nothing is noted."""
    row = await tx.session.get(PhoneVisit, (tx.tenant_id, hashed(secret)))
    if row is None or row.seen_at + age <= now():
        return None
    return Phone(**json.loads(open_bytes(_key(secret), row.state, row.id.encode())))


async def keep(tx: Transaction, secret: str, phone: Phone) -> None:
    """Where the phone is now."""
    row = await tx.session.get(PhoneVisit, (tx.tenant_id, hashed(secret)), with_for_update=True)
    if row is not None:
        row.state = _sealed(secret, phone)


async def end(tx: Transaction, secret: str) -> None:
    """Forgets the phone; one that is gone stays so."""
    gone = delete(PhoneVisit).where(
        col(PhoneVisit.tenant_id) == tx.tenant_id, col(PhoneVisit.id) == hashed(secret)
    )
    await tx.session.execute(gone)


def _sealed(secret: str, phone: Phone) -> bytes:
    return seal_bytes(_key(secret), json.dumps(asdict(phone)).encode(), hashed(secret).encode())


def _key(secret: str) -> bytes:
    """Made from what only the phone has: another hash than the one by which rows are found."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"console.phone").digest()
