"""How we know that somebody signed: a one-time code that came back, or paper that was scanned."""

from dataclasses import dataclass

from contracts.health_declaration.events import SignatureChannel
from contracts.health_declaration.paper import ScanIn
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import access, documents


@dataclass(frozen=True)
class Proof:
    """The evidence, and the employee who stood by where one did."""

    channel: SignatureChannel
    challenge_id: str | None = None
    document_id: str | None = None
    assisted_by: str | None = None

    def told(self) -> dict[str, str]:
        """The same for the audit."""
        told = vars(self).items()
        return {name.removesuffix("_id"): value for name, value in told if value is not None}


async def by_code(
    visit: access.Visit, case: Declaration, purpose: access.Purpose, code: str
) -> Proof:
    """Spends the code: ask for it only when all else holds."""
    challenge_id = await access.use_code(visit.tx, case, purpose, code)
    channel: SignatureChannel = "assisted_code" if visit.assisted_by else "code"
    return Proof(channel, challenge_id, assisted_by=visit.assisted_by)


def not_awaited() -> Conflict:
    """What is said of paper that is not the one awaited, whatever is awaited instead, if anything.

    Whoever scans holds no clinical purpose: that an offer or a term exists tells a disease.
    """
    return Conflict(
        "Este documento não é o que o caso espera",
        "paper-not-awaited",
        "Confira a declaração e o documento; com dúvida, fale com quem analisa o caso.",
    )


async def on_paper(tx: Transaction, case: Declaration, name: str, scan: ScanIn) -> Proof:
    """Keeps the scan of what was signed at the desk, under this name."""
    file = documents.File(name, scan.media_type, documents.decoded(scan.content_base64))
    document = await documents.keep(tx, case, file)
    return Proof("paper", document_id=document.document_id, assisted_by=tx.actor)
