"""Who has no phone is helped at the desk: an employee types, the proponent confirms."""

from contracts.health_declaration.desk import AssistanceIn, LinkIssue
from contracts.health_declaration.public import Challenge, Session
from contracts.registry.events import Channel
from kit.db import Transaction
from kit.errors import Conflict, Refused
from services.health_declaration.models import Declaration
from services.health_declaration.queries import forms as queries
from services.health_declaration.usecases import (
    access,
    cases,
    entrance,
    forms,
    links,
    respondents,
)
from services.health_declaration.usecases.corrections import FINAL


async def start(tx: Transaction, declaration_id: str, body: AssistanceIn) -> Session:
    """A session in which everything tells who typed, from the letter to the signed term."""
    case = await _open_case(tx, declaration_id)
    challenge_id = await _proof(tx, case, body.code)
    details = (
        {"proof": "code", "challenge": challenge_id} if challenge_id else {"proof": "identity"}
    )
    await tx.audit("assistance.started", declaration_id, details=details)
    helped = entrance.Help(tx.actor, body.identity_check, challenge_id)
    return await entrance.open_session(tx, case, helped)


async def send_code(tx: Transaction, declaration_id: str, channel: Channel | None) -> Challenge:
    """A code with which the person lets an employee see what they said by themselves."""
    case = await _open_case(tx, declaration_id)
    await tx.audit("assistance.code_asked", declaration_id)
    return await access.send_code(tx, case, "assistance", channel)


async def _proof(tx: Transaction, case: Declaration, code: str | None) -> str | None:
    """The challenge whose code came back. An employee's word opens only what the desk wrote."""
    if code is not None:
        return await access.use_code(tx, case, "assistance", code)
    if await queries.acted_alone(tx, case.declaration_id):
        reason = "A pessoa já preencheu sozinha: envie um código a ela e peça que o informe."
        raise Refused(code="proof-needed", errors=[{"field": "code", "reason": reason}])
    return None


async def _open_case(tx: Transaction, declaration_id: str) -> Declaration:
    case = await cases.load(tx, declaration_id)
    _expect_open(case)
    if case.stage == cases.UNREPRESENTED:
        raise links.nobody_answers()
    return case


def _expect_open(case: Declaration) -> None:
    """Once nothing is left for the person to do, a session would only read for the employee."""
    if case.stage in cases.GONE:
        raise forms.ended(case)
    if case.stage in FINAL:
        raise Conflict(
            "A declaração já foi liberada",
            "declaration-released",
            "Não há mais o que preencher no balcão; envie à pessoa um endereço para ler.",
        )


async def resend_link(tx: Transaction, declaration_id: str) -> LinkIssue:
    """A fresh link for the proponent; whoever asks for it never sees its secret."""
    case = await cases.load(tx, declaration_id)
    if case.stage in cases.GONE:
        raise forms.ended(case)
    await tx.audit("link.resent", declaration_id)
    expires_at = await respondents.invite(tx, case, "ds.link_renewed")
    if expires_at is None:
        raise links.nobody_answers()
    return LinkIssue(expires_at=expires_at)
