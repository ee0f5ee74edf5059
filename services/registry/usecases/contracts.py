"""Contracts and the companies behind them: recorded when they are new or changed."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import col

from contracts.registry.api import CompanyIn, ContractIn
from contracts.registry.events import ContractRecorded
from kit.db import Transaction
from services.registry.models import Company, Contract
from services.registry.usecases import enrolment_facts, history
from services.registry.usecases.ids import new_id

Changed = dict[str, tuple[Contract, str]]
"""Contracts that say something else now and who said so, until `tell` is called: by their id."""


class Contracts:
    """The contracts a transaction touches, by their reference."""

    def __init__(self, tx: Transaction, changed: Changed) -> None:
        self._tx = tx
        self._changed = changed
        self._contracts: dict[str, Contract] = {}
        self._companies: dict[str, Company] = {}

    @staticmethod
    def names(bodies: Iterable[ContractIn]) -> set[str]:
        """What to serialise on before loading."""
        wanted = list(bodies)
        refs = {f"contract:{body.contract_ref}" for body in wanted}
        return refs | {f"company:{body.company.cnpj}" for body in wanted if body.company}

    async def load(self, bodies: Iterable[ContractIn]) -> None:
        """Reads what is known of them; who may change them was serialised before."""
        wanted = list(bodies)
        refs = {body.contract_ref for body in wanted}
        cnpjs = {body.company.cnpj for body in wanted if body.company}
        if refs:
            query = select(Contract).where(
                col(Contract.tenant_id) == self._tx.tenant_id,
                col(Contract.contract_ref).in_(refs),
            )
            found = (await self._tx.session.execute(query.with_for_update())).scalars()
            self._contracts = {row.contract_ref: row for row in found}
        await self.load_companies(cnpjs)

    async def load_companies(self, cnpjs: set[str]) -> None:
        """Reads the companies known by these CNPJs."""
        if cnpjs:
            query = select(Company).where(
                col(Company.tenant_id) == self._tx.tenant_id, col(Company.cnpj).in_(cnpjs)
            )
            found = (await self._tx.session.execute(query.with_for_update())).scalars()
            self._companies = {row.cnpj: row for row in found}

    async def put(self, body: ContractIn, source: str = history.OWN) -> Contract:
        """The contract as the body says, recorded when that is news."""
        company_id = self.put_company(body.company).id if body.company else None
        row = self._contracts.get(body.contract_ref)
        if row is not None and _same(row, body, company_id):
            return row
        if row is None:
            row = Contract(
                tenant_id=self._tx.tenant_id,
                id=new_id(),
                contract_ref=body.contract_ref,
                kind=body.kind,
                signed_on=body.signed_on,
                lives=body.lives,
            )
            self._tx.session.add(row)
            self._contracts[body.contract_ref] = row
        elif (row.kind, row.signed_on, row.lives) != (body.kind, body.signed_on, body.lives):
            self._changed[row.id] = row, source
        row.kind, row.signed_on, row.lives = body.kind, body.signed_on, body.lives
        row.company_id = company_id or row.company_id
        await self._tell(row, body)
        return row

    def put_company(self, body: CompanyIn) -> Company:
        """The company of a CNPJ, under the name last told."""
        row = self._companies.get(body.cnpj)
        if row is None:
            row = Company(tenant_id=self._tx.tenant_id, id=new_id(), cnpj=body.cnpj, name=body.name)
            self._tx.session.add(row)
            self._companies[body.cnpj] = row
        row.name = body.name
        return row

    async def _tell(self, row: Contract, body: ContractIn) -> None:
        recorded = ContractRecorded(
            tenant_id=self._tx.tenant_id,
            occurred_at=self._tx.now,
            contract_id=row.id,
            kind=body.kind,
            signed_on=row.signed_on,
            lives=row.lives,
        )
        await history.record(self._tx, recorded)


def _same(row: Contract, body: ContractIn, company_id: str | None) -> bool:
    told = (body.kind, body.signed_on, body.lives, company_id or row.company_id)
    return (row.kind, row.signed_on, row.lives, row.company_id) == told


async def tell(tx: Transaction, changed: Changed) -> None:
    """Tells every enrolment that stands what its contract says now.

    To be called once, last: a contract that changes with every part of a file would else be told
    to all who stand in it as often. Whoever else touches it waits for it before any row, and who
    holds one of these enrolments waits for nothing that is held here.
    """
    for _, (row, source) in sorted(changed.items()):
        await enrolment_facts.contract_changed(tx, row, source)


async def register(tx: Transaction, body: ContractIn) -> Contract:
    """A contract, new or changed."""
    changed: Changed = {}
    contracts = Contracts(tx, changed)
    await history.serialise(tx, contracts.names([body]))
    await contracts.load([body])
    row = await contracts.put(body)
    await tell(tx, changed)
    return row


async def register_company(tx: Transaction, body: CompanyIn) -> Company:
    """A company, new or renamed."""
    contracts = Contracts(tx, {})
    await history.serialise(tx, {f"company:{body.cnpj}"})
    await contracts.load_companies({body.cnpj})
    return contracts.put_company(body)
