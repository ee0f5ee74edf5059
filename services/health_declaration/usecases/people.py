"""The little this service remembers of people, from the registry's facts."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from services.health_declaration.models import KnownPerson, MergedPerson


async def remember(tx: Transaction, person: PersonRecorded) -> None:
    """Keeps the newest revision of a person's identity, sealed."""
    identity = {
        "name": person.social_name or person.full_name,
        "birth_on": person.birth_on.isoformat(),
        "cpf": person.cpf,
    }
    known = await _known(tx, person.person_id)
    if known is None:
        sealed = await tx.seal(person.person_id, identity)
        tx.session.add(
            KnownPerson(
                tenant_id=tx.tenant_id,
                person_id=person.person_id,
                revision=person.revision,
                identity_sealed=sealed,
            )
        )
    elif person.revision > known.revision:
        known.revision = person.revision
        known.identity_sealed = await tx.seal(person.person_id, identity)


async def merge(tx: Transaction, merged: PeopleMerged) -> None:
    """The absorbed record now speaks for the survivor, whether it is known here yet or not."""
    await _stands(tx, merged, merged.person_id)


async def undo_merge(tx: Transaction, undone: MergeUndone) -> None:
    """Both records stand again, unless the absorbed one was merged anew meanwhile."""
    await _stands(tx, undone, None)


async def _stands(tx: Transaction, told: PeopleMerged | MergeUndone, into: str | None) -> None:
    """Facts of different survivors come in any order: the one that happened last holds."""
    row = {
        "tenant_id": tx.tenant_id,
        "person_id": told.absorbed_id,
        "merged_into": into,
        "as_of": told.occurred_at,
    }
    fresh = insert(MergedPerson).values(row)
    newest = fresh.on_conflict_do_update(
        index_elements=["tenant_id", "person_id"],
        set_={"merged_into": fresh.excluded.merged_into, "as_of": fresh.excluded.as_of},
        where=col(MergedPerson.as_of) <= fresh.excluded.as_of,
    )
    await tx.session.execute(newest)


async def forget(tx: Transaction, erased: PersonErased) -> None:
    """Nothing of an erased person opens any more; the row goes too."""
    known = await _known(tx, erased.person_id)
    if known is not None:
        await tx.session.delete(known)


async def _known(tx: Transaction, person_id: str) -> KnownPerson | None:
    return await tx.session.get(KnownPerson, (tx.tenant_id, person_id), with_for_update=True)
