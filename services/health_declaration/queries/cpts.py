"""CPTs for people and partners to read."""

from typing import Any

from sqlmodel import col, select

from contracts.health_declaration.cpt import Cpt as CptView
from contracts.health_declaration.cpt import CptItemView, CptPage
from kit.db import Transaction
from kit.errors import NotFound
from kit.pages import decode_cursor, encode_cursor
from services.health_declaration.models import Cpt


async def get(tx: Transaction, cpt_id: str) -> CptView:
    """One CPT; the read is audited, since what it restricts tells a disease."""
    cpt = await tx.session.get(Cpt, (tx.tenant_id, cpt_id))
    if cpt is None:
        raise NotFound()
    await tx.audit("clinical.read", f"cpt/{cpt_id}")
    return await shown(tx, cpt)


async def listed(
    tx: Transaction,
    person_id: str | None,
    erp_status: str | None,
    cursor: str | None,
    limit: int,
) -> CptPage:
    """A page of CPTs, by id; everybody whose CPTs are on it has an entry in the trail."""
    query = select(Cpt).where(Cpt.tenant_id == tx.tenant_id)
    if person_id:
        query = query.where(Cpt.person_id == person_id)
    if erp_status:
        query = query.where(Cpt.erp_status == erp_status)
    if cursor:
        query = query.where(col(Cpt.cpt_id) > decode_cursor(cursor, str)[0])
    query = query.order_by(Cpt.cpt_id).limit(limit + 1)
    rows = list((await tx.session.execute(query)).scalars())
    read: dict[str, list[str]] = {person_id: []} if person_id else {}
    for row in rows[:limit]:
        read.setdefault(row.person_id, []).append(row.cpt_id)
    for whose, ids in read.items():
        await tx.audit("clinical.read", f"cpts of {whose}", details={"cpts": ids})
    return CptPage(
        items=tuple([await shown(tx, row) for row in rows[:limit]]),
        next_cursor=encode_cursor(rows[limit - 1].cpt_id) if len(rows) > limit else None,
    )


async def shown(tx: Transaction, cpt: Cpt) -> CptView:
    """A CPT with what it restricts opened."""
    content: dict[str, Any] = await tx.open(cpt.person_id, cpt.content_sealed)
    return CptView.model_validate(
        {
            **cpt.model_dump(include=set(CptView.model_fields) - {"items"}),
            "erp_reason": await erp_reason(tx, cpt),
            "items": tuple(
                CptItemView(
                    question_id=item["question"],
                    cid_range=item["cid_range"],
                    families=tuple(item["families"]),
                )
                for item in content["items"]
            ),
        }
    )


async def erp_reason(tx: Transaction, cpt: Cpt) -> str | None:
    """Why the ERP refused, in its own words; they may tell of the person's health."""
    sealed = cpt.erp_reason_sealed
    return str(await tx.open(cpt.person_id, sealed)) if sealed is not None else None
