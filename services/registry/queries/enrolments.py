"""Enrolments and contracts as they are read."""

from sqlalchemy import select
from sqlmodel import col

from contracts.registry import api
from kit.db import Transaction
from kit.errors import NotFound
from services.registry.models import Company, Contract, Enrolment
from services.registry.queries import people

UNREPRESENTED = api.FieldError(
    field="representative", reason="menor de idade: informe o representante legal"
)


async def one(tx: Transaction, enrolment_id: str) -> api.Enrolment:
    """An enrolment by id; 404 otherwise."""
    row = await tx.session.get(Enrolment, (tx.tenant_id, enrolment_id))
    if row is None:
        raise NotFound("Inscrição não encontrada", "enrolment-not-found")
    return shown(row)


async def of_people(tx: Transaction, person_ids: set[str]) -> list[Enrolment]:
    """Every enrolment of these people, oldest first."""
    query = (
        select(Enrolment)
        .where(col(Enrolment.tenant_id) == tx.tenant_id, col(Enrolment.person_id).in_(person_ids))
        .order_by(col(Enrolment.recorded_at), col(Enrolment.id))
    )
    return list((await tx.session.execute(query)).scalars())


async def with_contracts(tx: Transaction, person_id: str) -> api.Enrolments:
    """Every enrolment of a person, merged records included, each with its contract."""
    rows = await of_people(tx, await people.everyone(tx, person_id))
    query = select(Contract).where(
        col(Contract.tenant_id) == tx.tenant_id,
        col(Contract.id).in_({row.contract_id for row in rows}),
    )
    contracts = {one.id: one for one in (await tx.session.execute(query)).scalars()}
    return api.Enrolments(items=tuple(_joined(row, contracts[row.contract_id]) for row in rows))


def _joined(row: Enrolment, of: Contract) -> api.Enrolled:
    told = {"contract_ref": of.contract_ref, "contract_kind": of.kind}
    return api.Enrolled.model_validate(shown(row).model_dump() | told)


async def contract(tx: Transaction, contract_id: str) -> api.Contract:
    """A contract by id; 404 otherwise."""
    row = await tx.session.get(Contract, (tx.tenant_id, contract_id))
    if row is None:
        raise NotFound("Contrato não encontrado", "contract-not-found")
    return contract_shown(row)


def shown(row: Enrolment) -> api.Enrolment:
    """The enrolment as the API tells it."""
    notices = (UNREPRESENTED,) if row.unrepresented else ()
    return api.Enrolment.model_validate(
        row.model_dump() | {"enrolment_id": row.id, "notices": notices}, from_attributes=True
    )


def contract_shown(row: Contract) -> api.Contract:
    """The contract as the API tells it."""
    return api.Contract.model_validate(row.model_dump() | {"contract_id": row.id})


def company_shown(row: Company) -> api.Company:
    """The company as the API tells it."""
    return api.Company.model_validate(row.model_dump() | {"company_id": row.id})
