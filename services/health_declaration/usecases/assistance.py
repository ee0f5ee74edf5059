"""Who has no phone is helped at the desk: an employee types, the proponent confirms."""

from contracts.health_declaration import public
from contracts.health_declaration.desk import AssistanceIn, LinkIssue
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import cases, entrance, forms, links, respondents
from services.health_declaration.usecases.cases import GONE
from services.health_declaration.usecases.corrections import FINAL


async def start(tx: Transaction, declaration_id: str, body: AssistanceIn) -> public.Session:
    """A session in which everything tells who typed, from the letter to the signed term."""
    case = await cases.load(tx, declaration_id)
    _expect_open(case)
    if case.stage == cases.UNREPRESENTED:
        raise links.nobody_answers()
    await tx.audit("assistance.started", declaration_id)
    return await entrance.open_session(tx, case, tx.actor, body.identity_check)


def _expect_open(case: Declaration) -> None:
    """Once nothing is left for the person to do, a session would only read for the employee."""
    if case.stage in GONE:
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
    if case.stage in GONE:
        raise forms.ended(case)
    await tx.audit("link.resent", declaration_id)
    expires_at = await respondents.invite(tx, case, "ds.link_renewed")
    if expires_at is None:
        raise links.nobody_answers()
    return LinkIssue(expires_at=expires_at)
