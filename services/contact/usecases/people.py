"""What is remembered of people, from the registry's facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from contracts.registry.events import Contact as Address
from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from kit.keyring import KeyDestroyed, KeyMissing
from services.contact.models import Contact as Asked
from services.contact.models import Person

MERGES_FOLLOWED = 5


@dataclass(frozen=True)
class Reach:
    """Ways to reach a person; `known` is False while their facts have not come.

    `lost`: they came, but the keyring lacks the person's key.
    """

    addresses: tuple[Address, ...]
    known: bool = True
    lost: bool = False


async def remember(tx: Transaction, events: Iterable[PersonRecorded]) -> None:
    """Keep the newest addresses of many people, sealed with their keys."""
    newest = {event.person_id: event for event in sorted(events, key=lambda e: e.revision)}
    await tx.prefetch(newest)
    people = await _locked(tx, newest)
    for person_id, event in newest.items():
        person = people[person_id]
        if not person.erased and person.revision < event.revision:
            await _renew(tx, person, event)


async def forget(tx: Transaction, event: PersonErased) -> None:
    """Nothing is kept of the person but that they were erased."""
    person = (await _locked(tx, [event.person_id]))[event.person_id]
    person.addresses = None
    person.erased = True


async def merge(tx: Transaction, event: PeopleMerged) -> None:
    """What is asked for the absorbed record goes to the survivor from now on."""
    await _stands(tx, event, event.person_id)


async def unmerge(tx: Transaction, event: MergeUndone) -> None:
    """Both records stand again, unless the absorbed one was merged anew meanwhile."""
    await _stands(tx, event, None)


async def _stands(tx: Transaction, event: PeopleMerged | MergeUndone, into: str | None) -> None:
    person = (await _locked(tx, [event.absorbed_id]))[event.absorbed_id]
    if person.merged_as_of is None or person.merged_as_of <= event.occurred_at:
        person.merged_into, person.merged_as_of = into, event.occurred_at


async def reach(tx: Transaction, person_ids: Iterable[str]) -> dict[str, Reach]:
    """Each person's addresses, or those of the record that absorbed theirs."""
    wanted = set(person_ids)
    known = await _load(tx, wanted)
    for _ in range(MERGES_FOLLOWED):
        absorbed = {p.merged_into for p in known.values() if p.merged_into} - known.keys()
        if not absorbed:
            break
        known |= await _load(tx, absorbed)
    holders = {person_id: _holder(known, person_id) for person_id in wanted}
    readable = {holder.id for holder in holders.values() if holder and holder.addresses}
    await tx.prefetch(readable, create=False)
    return {person_id: await _reach(tx, holder) for person_id, holder in holders.items()}


async def reach_for(tx: Transaction, contact: Asked, reached: Mapping[str, Reach]) -> Reach:
    """Where this contact goes: to the addresses it was asked for with, else to the person's."""
    if contact.addresses is None:
        return reached[contact.person_id]
    return await _opened(tx, contact.person_id, contact.addresses)


def _holder(known: Mapping[str, Person], person_id: str) -> Person | None:
    person = known.get(person_id)
    for _ in range(MERGES_FOLLOWED):
        if person is None or person.merged_into is None:
            break
        person = known.get(person.merged_into)
    return person


async def _reach(tx: Transaction, person: Person | None) -> Reach:
    if person is None or not (person.erased or person.addresses):
        return Reach((), known=False)
    if person.addresses is None:
        return Reach(())
    return await _opened(tx, person.id, person.addresses)


async def _opened(tx: Transaction, person_id: str, sealed: str) -> Reach:
    try:
        plain = await tx.open(person_id, sealed)
    except KeyDestroyed:
        return Reach(())
    except KeyMissing:
        return Reach((), known=False, lost=True)
    return Reach(tuple(Address.model_validate(address) for address in plain))


async def _renew(tx: Transaction, person: Person, event: PersonRecorded) -> None:
    plain = [address.model_dump() for address in event.contacts]
    try:
        person.addresses = await tx.seal(person.id, plain)
    except KeyDestroyed:
        return
    person.revision = event.revision


async def _load(tx: Transaction, ids: Iterable[str]) -> dict[str, Person]:
    query = select(Person).where(Person.tenant_id == tx.tenant_id, col(Person.id).in_(ids))
    return {person.id: person for person in await tx.session.scalars(query)}


async def _locked(tx: Transaction, ids: Iterable[str]) -> dict[str, Person]:
    """The rows in the order of their ids, new ones where absent."""
    wanted = sorted(set(ids))
    query = (
        select(Person)
        .where(Person.tenant_id == tx.tenant_id, col(Person.id).in_(wanted))
        .order_by(col(Person.id))
        .with_for_update()
    )
    found = {person.id: person for person in await tx.session.scalars(query)}
    new = [Person(tenant_id=tx.tenant_id, id=name) for name in wanted if name not in found]
    tx.session.add_all(new)
    await tx.session.flush()
    return found | {person.id: person for person in new}
