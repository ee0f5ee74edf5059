"""CPTs for people and partners to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.health_declaration.cpt import Cpt as CptView
from contracts.health_declaration.cpt import CptItemView, CptPage, SignedTerm
from kit.db import Transaction
from kit.errors import NotFound
from kit.pages import decode_cursor, encode_cursor
from services.health_declaration.gateways import reference
from services.health_declaration.models import Cpt, Term
from services.health_declaration.queries import rulebook


@dataclass(frozen=True)
class Wanted:
    """Which CPTs: of a person, at a state, as the ERP has them."""

    person_id: str | None = None
    status: str | None = None
    erp_status: str | None = None


async def get(tx: Transaction, cpt_id: str) -> CptView:
    """One CPT; the read is audited, since what it restricts tells a disease."""
    cpt = await tx.session.get(Cpt, (tx.tenant_id, cpt_id))
    if cpt is None:
        raise NotFound()
    await tx.audit("clinical.read", f"cpt/{cpt_id}")
    seen = await shown(tx, cpt)
    return seen.model_copy(update={"term": await _term(tx, cpt)})


async def _term(tx: Transaction, cpt: Cpt) -> SignedTerm | None:
    query = select(Term).where(
        Term.tenant_id == tx.tenant_id,
        Term.declaration_id == cpt.declaration_id,
        Term.sha256 == cpt.term_sha256,
    )
    term = (await tx.session.execute(query)).scalars().first()
    return SignedTerm.model_validate(term, from_attributes=True) if term else None


async def of_case(tx: Transaction, declaration_id: str) -> tuple[str, ...]:
    """The CPTs that came of a declaration, the first to end at the head."""
    query = (
        select(Cpt.cpt_id)
        .where(Cpt.tenant_id == tx.tenant_id, Cpt.declaration_id == declaration_id)
        .order_by(col(Cpt.ends_on), Cpt.cpt_id)
    )
    return tuple((await tx.session.execute(query)).scalars())


async def listed(tx: Transaction, wanted: Wanted, cursor: str | None, limit: int) -> CptPage:
    """A page of CPTs, by id; everybody whose CPTs are on it has an entry in the trail."""
    query = _wanted(tx, wanted)
    if cursor:
        query = query.where(col(Cpt.cpt_id) > decode_cursor(cursor, str)[0])
    query = query.order_by(Cpt.cpt_id).limit(limit + 1)
    rows = list((await tx.session.execute(query)).scalars())
    read: dict[str, list[str]] = {wanted.person_id: []} if wanted.person_id else {}
    for row in rows[:limit]:
        read.setdefault(row.person_id, []).append(row.cpt_id)
    for whose, ids in read.items():
        await tx.audit("clinical.read", f"cpts of {whose}", details={"cpts": ids})
    return CptPage(
        items=tuple([await shown(tx, row) for row in rows[:limit]]),
        next_cursor=encode_cursor(rows[limit - 1].cpt_id) if len(rows) > limit else None,
    )


def _wanted(tx: Transaction, wanted: Wanted) -> SelectOfScalar[Cpt]:
    query = select(Cpt).where(Cpt.tenant_id == tx.tenant_id)
    if wanted.person_id:
        query = query.where(Cpt.person_id == wanted.person_id)
    if wanted.status:
        query = query.where(Cpt.status == wanted.status)
    if wanted.erp_status:
        query = query.where(Cpt.erp_status == wanted.erp_status)
    return query


async def shown(tx: Transaction, cpt: Cpt) -> CptView:
    """A CPT with what it restricts opened."""
    content: dict[str, Any] = await tx.open(cpt.person_id, cpt.content_sealed)
    book = await rulebook.pinned(tx, cpt.rules_version)
    texts = {question.id: question.text for question in book.questions.questions}
    return CptView.model_validate(
        {
            **cpt.model_dump(include=set(CptView.model_fields) - {"items"}),
            "erp_reason": await erp_reason(tx, cpt),
            "procedures": len(content["tuss"]),
            "high_technology_bed": content["bed"],
            "items": tuple(_item(item, texts) for item in content["items"]),
        }
    )


def _item(item: Mapping[str, Any], texts: Mapping[str, str]) -> CptItemView:
    known = reference.family_words()
    return CptItemView(
        question_id=item["question"],
        cid_range=item["cid_range"],
        families=tuple(item["families"]),
        question=texts.get(item["question"], ""),
        words=tuple(known.get(family, family) for family in item["families"]),
    )


async def erp_reason(tx: Transaction, cpt: Cpt) -> str | None:
    """Why the ERP refused, in its own words; they may tell of the person's health."""
    sealed = cpt.erp_reason_sealed
    return str(await tx.open(cpt.person_id, sealed)) if sealed is not None else None
