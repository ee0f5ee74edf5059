"""Replies of the contact service's HTTP API."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.base import Message
from contracts.registry.events import Channel

SENDABLE: tuple[Channel, ...] = ("whatsapp", "email")
"""Channels with an adapter today, in the order tried where the person prefers none."""
ContactStatus = Literal["queued", "sending", "sent", "delivered", "failed", "unknown"]


class ContactAttempt(Message):
    """One try on one channel.

    `unknown` means the provider's answer was lost: never re-sent blindly.
    """

    attempt_id: str = ""
    """Reference given to the provider: left part of the Message-ID, end of Meta's callback data."""
    channel: Channel
    status: ContactStatus
    provider_id: str | None
    at: datetime
    reason: str | None


class ContactRecord(Message):
    """One contact asked for and its tries."""

    contact_id: str
    person_id: str
    template: str
    """`ds.message` in place of a name that would tell of health, without a clinical purpose."""
    template_version: int | None = None
    status: ContactStatus
    reason: str | None = None
    requested_at: datetime
    attempts: tuple[ContactAttempt, ...]


class ContactPage(Message):
    """A page of contacts."""

    items: tuple[ContactRecord, ...]
    next_cursor: str | None


class ResolveContact(Message):
    """A person found out what became of a send whose fate was unknown."""

    outcome: Literal["sent", "resend"]
    reason: str = Field(min_length=3, max_length=300)


class MessageTemplate(Message):
    """One version of an approved text; `required` names what is put into it."""

    name: str
    version: int
    current: bool
    """Whether it is the one that is sent today."""
    subject: str
    required: tuple[str, ...]
    body: str


class MessageTemplates(Message):
    """Every version of every text, by name, the newest first."""

    items: tuple[MessageTemplate, ...]
