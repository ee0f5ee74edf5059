"""How the ERP stands with what it was told; nothing clinical."""

from sqlalchemy import or_
from sqlmodel import col, select

from contracts.health_declaration.cpt import ErpBacklog, ErpPending
from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.models import Cpt
from services.health_declaration.queries.cpts import erp_reason


async def backlog(tx: Transaction, limit: int) -> ErpBacklog:
    """CPTs whose newest revision the ERP has not applied, or that were set aside, oldest first."""
    query = (
        select(Cpt)
        .where(
            Cpt.tenant_id == tx.tenant_id,
            or_(col(Cpt.erp_status) != "applied", col(Cpt.stuck).is_not(None)),
        )
        .order_by(col(Cpt.reported_at).nulls_first(), Cpt.cpt_id)
        .limit(limit)
    )
    rows = (await tx.session.execute(query)).scalars()
    return ErpBacklog(items=tuple([await pending(tx, cpt) for cpt in rows]))


async def person_of(tx: Transaction, cpt_id: str) -> str:
    """Whose CPT it is; 404 when there is none."""
    query = select(Cpt.person_id).where(Cpt.tenant_id == tx.tenant_id, Cpt.cpt_id == cpt_id)
    person_id = (await tx.session.execute(query)).scalar_one_or_none()
    if person_id is None:
        raise NotFound()
    return person_id


async def pending(tx: Transaction, cpt: Cpt) -> ErpPending:
    """How one CPT stands with the ERP; its words only for whoever may read the CPT itself."""
    told = cpt.model_dump(include=set(ErpPending.model_fields))
    if tx.caller is not None and tx.caller.may("cpt.read"):
        told["erp_reason"] = await erp_reason(tx, cpt)
    return ErpPending.model_validate(told)
