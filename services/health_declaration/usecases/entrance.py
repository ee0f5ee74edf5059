"""How a proponent gets in: link and birth date, then a code, then a session on that device."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, func, select

from contracts.health_declaration import public
from kit.db import Transaction
from kit.errors import Forbidden, Problem, Unavailable
from kit.keyring import KeyDestroyed
from services.health_declaration.models import (
    Challenge,
    Declaration,
    FormSession,
    Link,
)
from services.health_declaration.queries import forms, people, rulebook
from services.health_declaration.rules.policy import Access
from services.health_declaration.usecases import access, cases, links

NO_TENANT = 0
_LARGEST_TENANT = 2**31 - 1
# Built once: it begins every request of a proponent.
_SESSION = sa.select(
    col(FormSession.declaration_id),
    col(FormSession.respondent_id),
    col(FormSession.expires_at),
    col(FormSession.assisted_by),
    col(FormSession.challenge_id),
).where(
    col(FormSession.tenant_id) == sa.bindparam("tenant", type_=sa.Integer),
    col(FormSession.session_hash) == sa.bindparam("hash", type_=sa.String),
)


def tenant_of(secret: str) -> int:
    """The tenant a secret begins with; one that no tenant has when it does not."""
    number, dot, _ = secret[:11].partition(".")
    if dot and number.isascii() and number.isdigit() and int(number) <= _LARGEST_TENANT:
        return int(number)
    return NO_TENANT


async def knock(tx: Transaction, body: public.SessionIn) -> public.Challenge:
    """Link and birth date match: a code goes to the respondent. Else one answer for all (403)."""
    access.expect_sendable(body.channel)
    link = await _link(tx, body.link)
    case = await cases.load(tx, link.declaration_id)
    await tx.session.refresh(link, with_for_update=True)
    if _over(tx, link):
        raise _link_expired()
    rules = await access.rules_of(tx, case)
    if link.blocked_until is not None and tx.now < link.blocked_until:
        raise _not_recognised()
    birth_on = await people.birth_on(tx, link.respondent_id)
    if birth_on is None and await _awaited(tx, link.respondent_id):
        raise Unavailable("Ainda estamos preparando o seu acesso", "not-ready-yet")
    if birth_on != body.birth_on:
        _count_failure(tx, link, rules)
        tx.keep_and_refuse(_not_recognised())
    link.failures = 0
    tx.acting_for = link.respondent_id
    return await access.send_code(tx, case, "session", body.channel)


async def _awaited(tx: Transaction, person_id: str) -> bool:
    """Whether somebody's record may still come: a representative's travels under another key than
    the link. Of an erased person, under whose key nothing is sealed any more, it never does."""
    try:
        await tx.seal(person_id, None)
    except KeyDestroyed:
        return False
    return True


def _count_failure(tx: Transaction, link: Link, rules: Access) -> None:
    link.failures += 1
    if link.failures >= rules.link_attempts:
        link.failures = 0
        link.blocked_until = tx.now + timedelta(minutes=rules.link_block_minutes)


async def confirm(tx: Transaction, challenge_id: str, code: str) -> public.Session:
    """The code came back: a session opens, on as many devices as codes were confirmed."""
    challenge = await tx.session.get(Challenge, (tx.tenant_id, challenge_id))
    if challenge is None or challenge.purpose != "session":
        raise access.code_refused(access.Unknown)
    # The case first, as everywhere: whoever shuts its doors now is waited for, and obeyed.
    case = await cases.load(tx, challenge.declaration_id)
    await tx.session.refresh(challenge, with_for_update=True)
    rules = await access.rules_of(tx, case)
    access.spend(tx, challenge, code, rules.code_attempts)
    tx.acting_for = challenge.respondent_id
    await tx.audit("session.opened", case.declaration_id)
    return await open_session(tx, case)


@dataclass(frozen=True)
class Help:
    """Who types for the person, how they knew them, and the code the person gave them."""

    by: str | None = None
    identity_check: str | None = None
    challenge_id: str | None = None


async def open_session(
    tx: Transaction, case: Declaration, helped: Help | None = None
) -> public.Session:
    """A new session; only its hash is kept."""
    book = await rulebook.pinned(tx, case.rules_version)
    secret = links.new_secret(tx.tenant_id)
    helped = helped or Help()
    told = helped.identity_check
    checked = await tx.seal(case.person_id, told) if told else None
    row = FormSession(
        tenant_id=tx.tenant_id,
        session_hash=links.hashed(secret),
        declaration_id=case.declaration_id,
        respondent_id=case.respondent_id,
        opened_at=tx.now,
        expires_at=tx.now + timedelta(minutes=book.rules.access.session_minutes),
        assisted_by=helped.by,
        identity_check_sealed=checked,
        challenge_id=helped.challenge_id,
    )
    tx.session.add(row)
    return public.Session(session=secret, expires_at=row.expires_at)


async def enter(
    tx: Transaction, secret: str, answered: Callable[[], Awaitable[bool]] | None = None
) -> access.Visit:
    """The visit a session stands for; 401 when it is unknown or over.

    `answered` tells whether the request is one that was answered while the session was open: an
    answer lost on the way, which is given again though the act itself has shut the session.
    """
    of = {"tenant": tx.tenant_id, "hash": links.hashed(secret)}
    row = (await tx.connection.execute(_SESSION, of)).one_or_none()
    if row is None:
        raise access.session_over()
    tx.acting_for = row.respondent_id
    if tx.now >= row.expires_at and not (answered and await answered()):
        raise access.session_over()
    if row.assisted_by and not row.challenge_id and await forms.acted_alone(tx, row.declaration_id):
        # Since the desk opened it the person went on by themselves: that takes their code.
        raise access.session_over()
    return access.Visit(tx, row.declaration_id, row.respondent_id, row.assisted_by)


async def renew(tx: Transaction, secret: str) -> public.Accepted:
    """Sends a fresh link once none is in force; raises Unknown where there was no such link.

    After the release it opens what was signed, to be read only: no stage lets it do more.
    An old link may have gone astray: it must not close the one that the person holds.
    """
    link = await _link(tx, secret)
    case = await cases.load(tx, link.declaration_id)
    nobody = case.stage in cases.GONE | {cases.UNREPRESENTED}
    wanted = not nobody and not await links.in_force(tx, case)
    if wanted and await _may_renew(tx, case):
        link.renewed_at = tx.now
        await links.issue(tx, case, "ds.link_renewed")
    return public.Accepted()


async def _may_renew(tx: Transaction, case: Declaration) -> bool:
    """Whoever holds an old link cannot make the operator flood the person with new ones."""
    rules = await access.rules_of(tx, case)
    query = select(func.count(), func.max(Link.renewed_at)).where(
        Link.tenant_id == tx.tenant_id,
        Link.declaration_id == case.declaration_id,
        col(Link.renewed_at) >= access.start_of_day(tx),
    )
    renewed, last = (await tx.session.execute(query)).one()
    rested = last is None or tx.now >= last + timedelta(seconds=rules.code_resend_seconds)
    return bool(renewed < rules.codes_per_day and rested)


async def _link(tx: Transaction, secret: str) -> Link:
    link = await tx.session.get(Link, (tx.tenant_id, links.hashed(secret)))
    if link is None:
        raise _not_recognised(access.Unknown)
    return link


def _over(tx: Transaction, link: Link) -> bool:
    return link.revoked_at is not None or tx.now >= link.expires_at


def _not_recognised(kind: type[Forbidden] = Forbidden) -> Forbidden:
    return kind(
        "Não foi possível abrir",
        "not-recognised",
        "Confira o endereço e a data de nascimento; depois de várias tentativas é preciso esperar.",
    )


def _link_expired() -> Problem:
    return Problem(
        410,
        "Este endereço venceu",
        "link-expired",
        "Use o mais recente que enviamos; se venceu também, peça um novo endereço.",
        {"renew": "/public/links"},
    )
