"""What is told of an enrolment: all that stands in it, when it begins and whenever that changes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from contracts.registry.events import BeneficiaryEnrolled, EnrolmentChanged
from kit.db import Transaction
from services.registry.models import Contract, Enrolment
from services.registry.usecases import history

_AT_ONCE = 500
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


async def contract_changed(tx: Transaction, contract: Contract, source: str) -> None:
    """Tells of every enrolment that stands in the contract, so many at once whatever its size."""
    last = ""
    while True:
        rows = await _standing_in(tx, contract.id, last)
        for row in rows:
            await changed(tx, row, contract, source)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].id


async def _standing_in(tx: Transaction, contract_id: str, after: str) -> Sequence[Enrolment]:
    query = (
        select(Enrolment)
        .where(
            col(Enrolment.tenant_id) == tx.tenant_id,
            col(Enrolment.contract_id) == contract_id,
            col(Enrolment.status) == "active",
            col(Enrolment.id) > after,
        )
        .order_by(col(Enrolment.id))
        .limit(_AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    await tx.session.flush()
    return (await tx.session.execute(query)).scalars().all()


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
