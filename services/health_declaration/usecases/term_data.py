"""All that a CPT term says of one case, as plain data: the PDF is made from nothing else."""

from typing import Any

from contracts.values import dotted
from kit.db import Transaction
from services.health_declaration.models import Declaration, KnownPerson, Offer
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.cpt import add_months
from services.health_declaration.usecases import words


async def of(
    tx: Transaction, case: Declaration, offer: Offer, book: rulebook.Rulebook
) -> dict[str, Any]:
    """Who, which diseases, what is suspended, from when to when, and by which clause and norm."""
    content = await tx.open(case.person_id, offer.content_sealed)
    represented = case.respondent_id != case.person_id
    return {
        "person": await _identity(tx, case.person_id),
        "respondent": await _identity(tx, case.respondent_id) if represented else None,
        "enrolment_ref": case.enrolment_ref,
        "protocol": case.protocol or "",
        "joining_on": case.joining_on.isoformat(),
        "items": [_item(case, item) for item in content["items"]],
        "clause": book.rules.cpt_scope.clause,
        "norm": book.rules.cpt_scope.norm,
        "rules_version": case.rules_version,
        "issued_on": words.day(tx.today),
    }


async def stands(tx: Transaction, case: Declaration, data: dict[str, Any]) -> bool:
    """Whether a term still says from when on, and names who is to sign it."""
    represented = case.respondent_id != case.person_id
    signer = (await _identity(tx, case.respondent_id))["cpf"] if represented else None
    named = data["respondent"]["cpf"] if data["respondent"] else None
    return bool(signer == named and data["joining_on"] == case.joining_on.isoformat())


async def _identity(tx: Transaction, person_id: str) -> dict[str, str]:
    known = await tx.session.get(KnownPerson, (tx.tenant_id, person_id))
    if known is None:
        return {"name": "", "cpf": ""}
    identity = await tx.open(person_id, known.identity_sealed)
    return {"name": identity["name"], "cpf": identity["cpf"]}


def _item(case: Declaration, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "diseases": [words.disease(cid) for cid in item["cids"]],
        "cid_range": dotted(item["cid_range"]),
        "families": words.families(item["families"]),
        "months": item["months"],
        "starts_on": words.day(case.joining_on),
        "ends_on": words.day(add_months(case.joining_on, item["months"])),
    }
