"""What is remembered of people, from the registry's facts."""

from dataclasses import dataclass

from contracts.registry.events import Contact as Address
from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from kit.keyring import KeyDestroyed
from services.contact.models import Person

MERGES_FOLLOWED = 5


@dataclass(frozen=True)
class Reach:
    """Ways to reach a person; `known` is False while their facts have not come."""

    addresses: tuple[Address, ...]
    known: bool = True


async def remember(tx: Transaction, event: PersonRecorded) -> None:
    """Keep the newest addresses, sealed with the person's key."""
    person = await _locked(tx, event.person_id)
    if person.erased or person.revision >= event.revision:
        return
    person.revision = event.revision
    plain = [address.model_dump() for address in event.contacts]
    person.addresses = await tx.seal(person.id, plain)


async def forget(tx: Transaction, event: PersonErased) -> None:
    """Nothing is kept of the person but that they were erased."""
    person = await _locked(tx, event.person_id)
    person.addresses = None
    person.erased = True


async def merge(tx: Transaction, event: PeopleMerged) -> None:
    """What is asked for the absorbed record goes to the survivor from now on."""
    (await _locked(tx, event.absorbed_id)).merged_into = event.person_id


async def unmerge(tx: Transaction, event: MergeUndone) -> None:
    """Both records stand again."""
    (await _locked(tx, event.absorbed_id)).merged_into = None


async def reach(tx: Transaction, person_id: str) -> Reach:
    """The person's addresses, or those of the record that absorbed theirs."""
    person = await tx.session.get(Person, (tx.tenant_id, person_id))
    for _ in range(MERGES_FOLLOWED):
        if person is None or person.merged_into is None:
            break
        person = await tx.session.get(Person, (tx.tenant_id, person.merged_into))
    if person is None or not (person.erased or person.addresses):
        return Reach((), known=False)
    return Reach(await _opened(tx, person))


async def _opened(tx: Transaction, person: Person) -> tuple[Address, ...]:
    if person.addresses is None:
        return ()
    try:
        plain = await tx.open(person.id, person.addresses)
    except KeyDestroyed:
        return ()
    return tuple(Address.model_validate(address) for address in plain)


async def _locked(tx: Transaction, person_id: str) -> Person:
    person = await tx.session.get(Person, (tx.tenant_id, person_id), with_for_update=True)
    if person is None:
        person = Person(tenant_id=tx.tenant_id, id=person_id)
        tx.session.add(person)
    return person
