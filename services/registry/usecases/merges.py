"""Two records found to be one person: joined without losing either, and taken back."""

from sqlalchemy import func, select
from sqlmodel import col

from contracts.registry import api
from contracts.registry.events import MergeUndone, PeopleMerged
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.registry.models import Merge, Person
from services.registry.usecases import history
from services.registry.usecases.ids import new_id

KEPT_HERE = "in_registry"
"""What a fact tells instead of a reason: the words are the person's, and stay under their key."""


async def merge(tx: Transaction, body: api.MergeIn) -> api.Merge:
    """The survivor answers for both from now on; 409 where one of them was already joined."""
    people = await _locked(tx, {body.survivor_id, body.absorbed_id})
    if len(people) != len({body.survivor_id, body.absorbed_id}):
        raise NotFound("Pessoa não encontrada", "person-not-found")
    if body.survivor_id == body.absorbed_id:
        raise Conflict("É o mesmo cadastro", "same-person")
    if any(row.merged_into or row.erased_at for row in people.values()):
        raise Conflict("Um dos cadastros já foi unido ou eliminado", "not-mergeable")
    if await _has_absorbed(tx, body.absorbed_id):
        raise Conflict("O cadastro a absorver já absorveu outro; desfaça antes", "not-mergeable")
    people[body.absorbed_id].merged_into = body.survivor_id
    row = Merge(
        tenant_id=tx.tenant_id,
        id=new_id(),
        survivor_id=body.survivor_id,
        absorbed_id=body.absorbed_id,
        reason_sealed=await tx.seal(body.survivor_id, body.reason),
        merged_by=tx.actor or history.OWN,
        merged_at=tx.now,
    )
    tx.session.add(row)
    merged = PeopleMerged(
        tenant_id=tx.tenant_id,
        occurred_at=tx.now,
        person_id=row.survivor_id,
        absorbed_id=row.absorbed_id,
        merge_id=row.id,
        reason=KEPT_HERE,
    )
    await history.record(tx, merged)
    await tx.audit("people.merged", row.survivor_id, details={"merge_id": row.id})
    return await _shown(tx, row)


async def undo(tx: Transaction, merge_id: str, reason: str) -> api.Merge:
    """Both records stand again; taking back twice is done once."""
    row = await tx.session.get(Merge, (tx.tenant_id, merge_id), with_for_update=True)
    if row is None:
        raise NotFound("União não encontrada", "merge-not-found")
    if row.undone_at is not None:
        return await _shown(tx, row)
    absorbed = (await _locked(tx, {row.absorbed_id}))[row.absorbed_id]
    if absorbed.erased_at is not None:
        raise Conflict("Os dados desta pessoa foram eliminados", "person-erased")
    absorbed.merged_into = None
    row.undone_at, row.undone_by = tx.now, tx.actor
    row.undone_because_sealed = await tx.seal(row.survivor_id, reason)
    undone = MergeUndone(
        tenant_id=tx.tenant_id,
        occurred_at=tx.now,
        person_id=row.survivor_id,
        absorbed_id=row.absorbed_id,
        merge_id=row.id,
        reason=KEPT_HERE,
    )
    await history.record(tx, undone)
    await tx.audit("merge.undone", row.survivor_id, details={"merge_id": row.id})
    return await _shown(tx, row)


async def _locked(tx: Transaction, ids: set[str]) -> dict[str, Person]:
    query = (
        select(Person)
        .where(col(Person.tenant_id) == tx.tenant_id, col(Person.id).in_(ids))
        .order_by(col(Person.id))
        .with_for_update()
    )
    return {row.id: row for row in (await tx.session.execute(query)).scalars()}


async def _has_absorbed(tx: Transaction, person_id: str) -> bool:
    query = select(func.count()).where(
        col(Person.tenant_id) == tx.tenant_id, col(Person.merged_into) == person_id
    )
    return bool((await tx.session.execute(query)).scalar_one())


async def _shown(tx: Transaction, row: Merge) -> api.Merge:
    reason = await tx.open(row.survivor_id, row.reason_sealed)
    return api.Merge.model_validate(row.model_dump() | {"merge_id": row.id, "reason": reason})
