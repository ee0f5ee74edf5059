"""What every provider is told and what it may answer."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Outgoing:
    """One message to one address. `reference` comes back in the provider's later reports."""

    attempt_id: str
    reference: str
    to: str
    template: str
    template_version: int
    subject: str
    values: dict[str, str]
    text: str


@dataclass(frozen=True)
class Accepted:
    """The provider took the message."""

    provider_id: str


@dataclass(frozen=True)
class NotSent:
    """The message certainly did not go; `again` when trying the same later may help."""

    reason: str
    again: bool


@dataclass(frozen=True)
class Unknown:
    """The answer was lost after the request may have been read: never sent again blindly."""

    reason: str


Outcome = Accepted | NotSent | Unknown


class Provider(Protocol):
    """A way out to people."""

    async def send(self, message: Outgoing) -> Outcome:
        """One call, no retry inside."""
