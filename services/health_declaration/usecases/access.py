"""One-time codes: sent to the respondent, kept as hashes, few tries, used once (POL-001)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Integer, String, bindparam, text
from sqlmodel import col, func, select

from contracts.contact.api import SENDABLE
from contracts.health_declaration import public
from contracts.registry.events import Channel
from kit.db import Transaction
from kit.errors import Forbidden, Refused, TooManyAttempts, Unauthenticated
from services.health_declaration.models import Challenge, Declaration
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.policy import Access
from services.health_declaration.usecases import cases, contacts

Purpose = Literal["session", "signature", "offer", "term", "assistance"]
COUNTED_APART = ("session", "assistance")
"""Asked for by others than the person: whoever holds the link, whoever stands at the desk."""
_LEAVE = text("""
    with link_shut as (
        update link set revoked_at = :at
        where tenant_id = :tenant and declaration_id = :of and revoked_at is null),
    session_shut as (
        update form_session set expires_at = :at
        where tenant_id = :tenant and declaration_id = :of and expires_at > :at)
    update challenge set used_at = :at
    where tenant_id = :tenant and declaration_id = :of and used_at is null
""")
"""One round trip for the three: it is part of every signature that needs nobody."""
_NEWEST = (
    select(Challenge)
    .where(
        Challenge.tenant_id == bindparam("tenant", type_=Integer),
        Challenge.declaration_id == bindparam("case", type_=String),
        Challenge.purpose == bindparam("purpose", type_=String),
    )
    .order_by(col(Challenge.sent_at).desc())
    .limit(1)
    .with_for_update()
)
_CHALLENGE_BYTES = 16
_CODES = 10**6


@dataclass(frozen=True)
class Visit:
    """Whoever holds an open session of a form, and the transaction of their request."""

    tx: Transaction
    declaration_id: str
    respondent_id: str
    assisted_by: str | None


async def case_of(visit: Visit) -> Declaration:
    """The visitor's own case, locked; 401 when somebody else has come to answer for it."""
    case = await cases.load(visit.tx, visit.declaration_id)
    if case.respondent_id != visit.respondent_id:
        raise session_over()
    return case


async def seen(visit: Visit) -> Declaration:
    """The same, only to be read: nobody is kept waiting."""
    return await visit.tx.session.get_one(Declaration, (visit.tx.tenant_id, visit.declaration_id))


async def note_reading(visit: Visit) -> None:
    """Whoever types for another leaves a trail of having read; one's own reading leaves none."""
    if visit.assisted_by is not None:
        details = {"assisted_by": visit.assisted_by}
        await visit.tx.audit("clinical.read", visit.declaration_id, details=details)


async def note_act(visit: Visit, act: str) -> None:
    """The employee stands beside each thing done for another; what was refused was not done."""
    if visit.assisted_by is not None:
        details = {"assisted_by": visit.assisted_by, "act": act}
        await visit.tx.audit("assistance.acted", visit.declaration_id, details=details)


async def rules_of(tx: Transaction, case: Declaration) -> Access:
    """The policy of links and codes the case began with."""
    book = await rulebook.pinned(tx, case.rules_version)
    return book.rules.access


async def send_code(
    tx: Transaction, case: Declaration, purpose: Purpose, channel: Channel | None = None
) -> public.Challenge:
    """Sends a code, or tells of the one sent so moments ago; 429 past the day's number."""
    expect_sendable(channel)
    rules = await rules_of(tx, case)
    last = await _newest(tx, case, purpose)
    if last is not None and last.channel == channel and _fresh(last, tx.now, rules):
        return public.Challenge(challenge_id=last.challenge_id, expires_at=last.expires_at)
    if await _sent_today(tx, case, purpose) >= rules.codes_per_day:
        raise TooManyAttempts(
            "Códigos demais hoje", "codes-exhausted", "Tente amanhã ou peça ajuda à operadora."
        )
    code = f"{secrets.randbelow(_CODES):06d}"
    challenge = _challenge(tx, case, purpose, code, rules)
    challenge.channel = channel
    tx.session.add(challenge)
    params = {"code": code, "minutes": str(rules.code_ttl_minutes)}
    # What the person is told to do with the code is not the same: to keep it, or to say it.
    template = "ds.assistance_code" if purpose == "assistance" else "ds.code"
    await contacts.ask(tx, case.respondent_id, template, params, channel)
    return public.Challenge(challenge_id=challenge.challenge_id, expires_at=challenge.expires_at)


def expect_sendable(channel: Channel | None) -> None:
    """422 for a channel by which nothing can be sent yet: a code promised there never comes."""
    if channel is not None and channel not in SENDABLE:
        reason = "Ainda não enviamos códigos por este canal; escolha WhatsApp ou e-mail."
        raise Refused(code="channel-unavailable", errors=[{"field": "channel", "reason": reason}])


def _challenge(
    tx: Transaction, case: Declaration, purpose: Purpose, code: str, rules: Access
) -> Challenge:
    challenge_id = f"{tx.tenant_id}.{secrets.token_urlsafe(_CHALLENGE_BYTES)}"
    return Challenge(
        tenant_id=tx.tenant_id,
        challenge_id=challenge_id,
        declaration_id=case.declaration_id,
        respondent_id=case.respondent_id,
        purpose=purpose,
        code_hash=_hash(challenge_id, code),
        sent_at=tx.now,
        expires_at=tx.now + timedelta(minutes=rules.code_ttl_minutes),
    )


def _fresh(last: Challenge, now: datetime, rules: Access) -> bool:
    return last.used_at is None and now < last.sent_at + timedelta(
        seconds=rules.code_resend_seconds
    )


async def use_code(tx: Transaction, case: Declaration, purpose: Purpose, code: str) -> str:
    """Spends the newest code of this purpose; its challenge id is the proof. 403 when refused."""
    rules = await rules_of(tx, case)
    challenge = await _newest(tx, case, purpose)
    return spend(tx, challenge, code, rules.code_attempts)


def spend(tx: Transaction, challenge: Challenge | None, code: str, attempts: int) -> str:
    """A wrong try counts even though it is refused; every refusal looks the same."""
    if challenge is None or not _alive(challenge, tx.now, attempts):
        raise code_refused()
    if not hmac.compare_digest(challenge.code_hash, _hash(challenge.challenge_id, code)):
        challenge.attempts += 1
        tx.keep_and_refuse(code_refused())
    challenge.used_at = tx.now
    return challenge.challenge_id


async def leave(tx: Transaction, case: Declaration) -> None:
    """Nothing that let anybody in lets them in any more: links, open sessions, codes on their way.

    Whoever locks the case first may do it: a session that opens meanwhile waits for the same lock.
    """
    of = {"tenant": tx.tenant_id, "of": case.declaration_id}
    # What this transaction has only promised so far is shut too.
    await tx.session.flush()
    await tx.connection.execute(_LEAVE, of | {"at": tx.now})


def session_over() -> Unauthenticated:
    """One answer for a session unknown, expired or shut."""
    return Unauthenticated(
        "Sessão encerrada", "session-expired", "Abra de novo com o seu endereço e um código."
    )


class Unknown(Forbidden):
    """A secret that nobody was given: answered as any other refusal, and counted."""


def code_refused(kind: type[Forbidden] = Forbidden) -> Forbidden:
    """One answer for unknown, expired, used, exhausted and wrong."""
    return kind("Código recusado", "code-refused", "O código não confere, venceu ou já foi usado.")


def _alive(challenge: Challenge, now: datetime, attempts: int) -> bool:
    return (
        challenge.used_at is None and now < challenge.expires_at and challenge.attempts < attempts
    )


def _hash(challenge_id: str, code: str) -> str:
    return hashlib.sha256(f"{challenge_id}:{code}".encode()).hexdigest()


async def _newest(tx: Transaction, case: Declaration, purpose: Purpose) -> Challenge | None:
    wanted = {"tenant": tx.tenant_id, "case": case.declaration_id, "purpose": purpose}
    return (await tx.session.execute(_NEWEST, wanted)).scalars().one_or_none()


async def _sent_today(tx: Transaction, case: Declaration, purpose: Purpose) -> int:
    """What others may ask for counts apart: it must not keep the person from signing."""
    kind = col(Challenge.purpose)
    alike = kind == purpose if purpose in COUNTED_APART else kind.not_in(COUNTED_APART)
    query = (
        select(func.count())
        .select_from(Challenge)
        .where(
            Challenge.tenant_id == tx.tenant_id,
            Challenge.declaration_id == case.declaration_id,
            alike,
            col(Challenge.sent_at) >= start_of_day(tx),
        )
    )
    return (await tx.session.execute(query)).scalar_one()


def start_of_day(tx: Transaction) -> datetime:
    """The first moment of the tenant's day."""
    return tx.now.astimezone(tx.zone).replace(hour=0, minute=0, second=0, microsecond=0)
