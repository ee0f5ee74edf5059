"""Who is at a browser: a session is opened, looked up at every request, renewed, ended.

Sessions and tokens live in real time: a moved business clock neither ends nor revives them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from contracts.permissions import ROLES
from kit.auth import Caller, Claims
from kit.crypto import open_bytes, seal_bytes
from kit.db import Transaction
from kit.tenant_secrets import hashed, new_secret
from services.console.gateways.provider import Tokens
from services.console.models import Draft, Session
from services.console.settings import ConsoleSettings

RENEW_BEFORE = timedelta(seconds=60)
RENEWING_AT_MOST = timedelta(seconds=20)
"""After this long whoever began to renew is taken for dead."""
NOTED_EVERY = timedelta(seconds=30)
KEPT_AFTER_ITS_END = timedelta(days=1)
DRAFTS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Visit:
    """Somebody at a page, until when, and the token that speaks for them."""

    caller: Caller
    token: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime

    def may(self, permission: str) -> bool:
        """Whether one of their roles grants it; what they are shown, the services still judge."""
        return self.caller.may(permission)


@dataclass(frozen=True)
class Found:
    """A session in force, whether its token still is, and what to renew it with, where that has
    become this one's task."""

    visit: Visit
    usable: bool
    renew_with: str | None = None


def now() -> datetime:
    """Real time."""
    return datetime.now(UTC)


async def begin(tx: Transaction, who: Claims, tokens: Tokens) -> str:
    """A new session; only its hash is kept. What is old of the tenant goes on the way."""
    await _sweep(tx)
    secret, moment = new_secret(tx.tenant_id), now()
    row = Session(
        tenant_id=tx.tenant_id,
        id=hashed(secret),
        sub=who.sub,
        name=who.name or who.sub,
        roles=sorted(who.roles),
        tokens=b"",
        tokens_until=moment,
        renewable=tokens.refresh is not None,
        begun_at=moment,
        seen_at=moment,
    )
    _keep(row, secret, tokens)
    tx.session.add(row)
    await tx.audit("session.begun", who.sub)
    return secret


async def enter(
    tx: Transaction, secret: str, settings: ConsoleSettings, *, noted: bool = True
) -> Found | None:
    """The session of a secret; None when there is none, or none any more. What a page asks by
    itself is not noted: it must not keep a session alive with nobody at it."""
    row = await tx.session.get(Session, (tx.tenant_id, hashed(secret)), with_for_update=True)
    moment = now()
    if row is None or _ends_at(row, settings) <= moment:
        return None
    if noted and moment - row.seen_at >= NOTED_EVERY:
        row.seen_at = moment
    tokens = _opened(row, secret)
    visit, left = _visit(row, tokens["access"], settings), row.tokens_until - moment
    if not row.renewable or left > RENEW_BEFORE or _somebody_renews(row, moment):
        return Found(visit, left > timedelta())
    row.renewing_at = moment
    return Found(visit, left > timedelta(), tokens["refresh"])


async def look(tx: Transaction, secret: str, settings: ConsoleSettings) -> datetime | None:
    """When the session ends, without being seen at it."""
    row = await tx.session.get(Session, (tx.tenant_id, hashed(secret)))
    ends_at = _ends_at(row, settings) if row else None
    return ends_at if ends_at and ends_at > now() else None


async def renewed(
    tx: Transaction, secret: str, who: Claims, tokens: Tokens, settings: ConsoleSettings
) -> Visit | None:
    """Keeps fresh tokens, and the roles they tell; None when the session ended meanwhile, or when
    they are somebody else's."""
    row = await tx.session.get(Session, (tx.tenant_id, hashed(secret)), with_for_update=True)
    if row is None or (who.sub, who.tenant) != (row.sub, row.tenant_id):
        return None
    row.roles = sorted(who.roles)
    _keep(row, secret, tokens)
    return _visit(row, tokens.access, settings)


async def end(tx: Transaction, secret: str) -> None:
    """Forgets the session; ending one that is gone changes nothing."""
    row = await tx.session.get(Session, (tx.tenant_id, hashed(secret)), with_for_update=True)
    if row is not None:
        await tx.session.delete(row)
        await tx.audit("session.ended", row.sub)


def _keep(row: Session, secret: str, tokens: Tokens) -> None:
    body = json.dumps({"access": tokens.access, "refresh": tokens.refresh}).encode()
    row.tokens = seal_bytes(_key(secret), body, row.id.encode())
    row.tokens_until = now() + timedelta(seconds=tokens.lifetime)
    row.renewing_at = None


def _opened(row: Session, secret: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(open_bytes(_key(secret), row.tokens, row.id.encode()))
    return found


def _key(secret: str) -> bytes:
    """Made from what only the browser has: another hash than the one by which rows are found."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"console.tokens").digest()


def _ends_at(row: Session, settings: ConsoleSettings) -> datetime:
    """A login that cannot be renewed takes the session with it."""
    end = min(row.seen_at + settings.session_idle, row.begun_at + settings.session_whole)
    return end if row.renewable else min(end, row.tokens_until)


def _somebody_renews(row: Session, moment: datetime) -> bool:
    return row.renewing_at is not None and moment - row.renewing_at < RENEWING_AT_MOST


def _visit(row: Session, token: str, settings: ConsoleSettings) -> Visit:
    roles = frozenset(row.roles)
    granted = frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
    caller = Caller(row.sub, row.name, row.tenant_id, roles, granted)
    return Visit(caller, token, row.begun_at, row.seen_at, _ends_at(row, settings))


async def _sweep(tx: Transaction) -> None:
    """Whoever comes in takes out what is old: no row outlives its use by long."""
    for table, column, age in (
        (Session, Session.seen_at, KEPT_AFTER_ITS_END),
        (Draft, Draft.saved_at, DRAFTS_KEPT),
    ):
        old = delete(table).where(col(table.tenant_id) == tx.tenant_id, col(column) < now() - age)
        await tx.session.execute(old)
