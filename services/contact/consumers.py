"""Facts that concern contacts."""

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from kit.inbox import Handlers
from services.contact.usecases import contacts, people


async def on_contact_requested(tx: Transaction, event: ContactRequested) -> None:
    tx.collect(contacts.request, event)


async def on_person_recorded(tx: Transaction, event: PersonRecorded) -> None:
    tx.collect(remembered, event)


async def on_people_merged(tx: Transaction, event: PeopleMerged) -> None:
    await people.merge(tx, event)
    await contacts.plan_waiting(tx, [event.absorbed_id])


async def remembered(tx: Transaction, events: list[PersonRecorded]) -> None:
    """The people of one batch; what waited for them goes on."""
    await people.remember(tx, events)
    await contacts.plan_waiting(tx, {event.person_id for event in events})


async def on_person_erased(tx: Transaction, event: PersonErased) -> None:
    # What this batch collected so far comes before the erasure, as on the topic.
    await tx.flush()
    await people.forget(tx, event)
    await contacts.drop(tx, event.person_id)


HANDLERS: Handlers = {
    ContactRequested: on_contact_requested,
    PersonRecorded: on_person_recorded,
    PeopleMerged: on_people_merged,
    MergeUndone: people.unmerge,
    PersonErased: on_person_erased,
}
