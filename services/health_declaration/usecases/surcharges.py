"""The surcharge (agravo): what was offered, agreed with a person and signed as an addendum."""

from typing import Any

from contracts.health_declaration.events import SurchargeAgreed
from contracts.health_declaration.paper import SurchargeIn
from kit.db import Transaction
from kit.errors import Conflict, Refused
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import offers, proofs, release

_SCAN_NAME = "aditivo-assinado"


async def agree(tx: Transaction, case: Declaration, agreed: SurchargeIn) -> None:
    """Keeps price, months and the signed addendum, and releases the person with full coverage.

    Never more than was offered: 422 naming what exceeds it.
    """
    offer = await offers.latest(tx, case)
    content = await tx.open(case.person_id, offer.content_sealed)
    _expect_offered(content["options"], agreed)
    proof = await proofs.on_paper(tx, case, _SCAN_NAME, agreed)
    terms = agreed.model_dump(include={"cents_per_month", "months", "addendum_sha256"})
    offer.agreed_sealed = await tx.seal(case.person_id, terms | proof.told())
    await tx.record(
        SurchargeAgreed(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            enrolment_id=case.enrolment_id,
            **terms,
        )
    )
    details = {"offer": offer.offer_id} | terms | proof.told()
    await tx.audit("surcharge.agreed", case.declaration_id, details=details)
    await release.release(tx, case, straight_through=False)


def _expect_offered(options: list[dict[str, Any]], agreed: SurchargeIn) -> None:
    option = next((one for one in options if one["choice"] == "agravo"), None)
    if option is None:
        detail = "O agravo só pode ser combinado onde foi oferecido."
        raise Conflict("O agravo não foi oferecido", "surcharge-not-offered", detail)
    limits = (
        ("cents_per_month", agreed.cents_per_month, option["monthly_cents"], "O preço"),
        ("months", agreed.months, option["months"], "O prazo"),
    )
    errors = [
        {"field": f"surcharge.{field}", "reason": f"{what} passa do que foi oferecido."}
        for field, given, most, what in limits
        if given > most
    ]
    if errors:
        raise Refused(code="surcharge-above-offer", errors=errors)
