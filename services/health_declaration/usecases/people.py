"""The little this service remembers of people, from the registry's facts."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.health_declaration.stages import ENDED
from contracts.registry.events import (
    Contact,
    MergeUndone,
    PeopleMerged,
    PersonErased,
    PersonRecorded,
)
from kit.db import Transaction
from services.health_declaration.models import Declaration, KnownPerson, MergedPerson
from services.health_declaration.usecases import contacts


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
        if person.former_contacts is not None:
            await _contacts_changed(tx, person.person_id, person.former_contacts)


async def _contacts_changed(tx: Transaction, person_id: str, former: tuple[Contact, ...]) -> None:
    """Links and codes go elsewhere from now on: whoever had them hears of it, and the analyst."""
    query = (
        select(Declaration)
        .where(
            Declaration.tenant_id == tx.tenant_id,
            Declaration.respondent_id == person_id,
            col(Declaration.stage).not_in(ENDED),
        )
        .order_by(Declaration.declaration_id)
        .with_for_update()
    )
    cases = (await tx.session.execute(query)).scalars().all()
    for case in cases:
        case.contacts_changed_at = tx.now
        await tx.audit("contacts.changed", case.declaration_id)
    if cases and former:
        params = {"changed_on": tx.today.isoformat()}
        await contacts.ask(tx, person_id, "ds.contacts_changed", params, addresses=former)


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
