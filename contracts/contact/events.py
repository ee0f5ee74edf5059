"""Facts owned by the contact service: what was sent to whom, and what became of it."""

from typing import ClassVar

from contracts.base import Event
from contracts.registry.events import Channel


class ContactEvent(Event):
    """Base of the contact service's facts. No text and no address: ids only."""

    topic: ClassVar[str] = "contact.events"

    person_id: str
    contact_id: str
    template: str


class ContactMade(ContactEvent):
    """The provider accepted the message."""

    type: ClassVar[str] = "contact.contact.made.v1"

    channel: Channel
    provider_id: str


class ContactDelivered(ContactEvent):
    """The provider reported that the message reached the person."""

    type: ClassVar[str] = "contact.contact.delivered.v1"

    channel: Channel


class ContactFailed(ContactEvent):
    """No channel took the message; a person must look at it."""

    type: ClassVar[str] = "contact.contact.failed.v1"

    reason: str
