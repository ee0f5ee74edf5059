"""What is told of an enrolment: all that stands in it, when it begins and whenever that changes."""

from typing import Any

from contracts.registry.events import BeneficiaryEnrolled, EnrolmentChanged
from kit.db import Transaction
from services.registry.models import Contract, Enrolment
from services.registry.usecases import history

_OF_THE_ROW = (
    "person_id",
    "enrolment_ref",
    "contract_id",
    "role",
    "holder_ref",
    "requested_on",
    "linked_on",
    "joining_on",
    "newborn_on",
    "adopted_on",
    "portability",
    "representative_person_id",
)


async def enrolled(tx: Transaction, row: Enrolment, contract: Contract, source: str) -> None:
    """Somebody joined."""
    told = _told(row, contract)
    row.told = _digest(tx, told)
    fact = BeneficiaryEnrolled.model_validate(_head(tx, row) | told)
    await history.record(tx, fact, source)


async def changed(tx: Transaction, row: Enrolment, contract: Contract, source: str) -> None:
    """What was told of the enrolment stands no longer; the same again is told once."""
    told = _told(row, contract)
    digest = _digest(tx, told)
    if row.told == digest:
        return
    row.told = digest
    fact = EnrolmentChanged.model_validate(_head(tx, row) | told)
    await history.record(tx, fact, source)


def _head(tx: Transaction, row: Enrolment) -> dict[str, Any]:
    return {"tenant_id": tx.tenant_id, "occurred_at": tx.now, "enrolment_id": row.id}


def _told(row: Enrolment, contract: Contract) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _OF_THE_ROW} | {
        "contract_kind": contract.kind,
        "contract_signed_on": contract.signed_on,
        "contract_lives": contract.lives,
    }


def _digest(tx: Transaction, told: dict[str, Any]) -> str:
    return tx.blind("told", repr(sorted(told.items())))
