"""Facts that concern contacts."""

from collections.abc import Callable

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from kit.inbox import Handlers
from services.contact.usecases import contacts, people

Notice = Callable[[int], None]


def handlers(notice: Notice) -> Handlers:
    """By type of fact; `notice` is told which tenant may have something to send."""

    async def on_contact_requested(tx: Transaction, event: ContactRequested) -> None:
        tx.collect(contacts.request, event)
        notice(tx.tenant_id)

    async def on_person_recorded(tx: Transaction, event: PersonRecorded) -> None:
        tx.collect(remembered, event)
        notice(tx.tenant_id)

    async def on_people_merged(tx: Transaction, event: PeopleMerged) -> None:
        await people.merge(tx, event)
        await contacts.plan_waiting(tx, [event.absorbed_id])
        notice(tx.tenant_id)

    return {
        ContactRequested: on_contact_requested,
        PersonRecorded: on_person_recorded,
        PeopleMerged: on_people_merged,
        MergeUndone: people.unmerge,
        PersonErased: on_person_erased,
    }


async def remembered(tx: Transaction, events: list[PersonRecorded]) -> None:
    """The people of one batch; what waited for them goes on."""
    await people.remember(tx, events)
    await contacts.plan_waiting(tx, {event.person_id for event in events})


async def on_person_erased(tx: Transaction, event: PersonErased) -> None:
    # What this batch collected so far comes before the erasure, as on the topic.
    await tx.flush()
    await people.forget(tx, event)
    await contacts.drop(tx, event.person_id)
