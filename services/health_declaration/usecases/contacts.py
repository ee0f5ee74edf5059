"""Asking the contact service to reach a person: a fact, never a call."""

from uuid import uuid4

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import Contact
from kit.db import Transaction


async def ask(
    tx: Transaction,
    person_id: str,
    template: str,
    params: dict[str, str],
    channel: str | None = None,
    addresses: tuple[Contact, ...] | None = None,
) -> None:
    """One contact, with an approved template; `params` travel sealed and hold nothing clinical.

    `addresses` is where it goes instead of to the person's own.
    """
    await tx.record(
        ContactRequested(
            tenant_id=tx.tenant_id,
            person_id=person_id,
            contact_id=str(uuid4()),
            template=template,
            params=params,
            channel=channel,
            addresses=addresses,
        )
    )
