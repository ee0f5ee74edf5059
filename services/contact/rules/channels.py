"""Which channel comes next for a person."""

from collections.abc import Collection, Sequence

from contracts.contact.api import SENDABLE
from contracts.registry.events import Contact as Address

ADAPTERS = SENDABLE


def next_address(
    addresses: Sequence[Address], tried: Collection[str], forced: str | None = None
) -> Address | None:
    """The person's preferred way not tried yet; None when none is left.

    A forced channel is the only one that may be used: a code asked for by e-mail goes nowhere
    else. Of two addresses of one channel the preferred, then the first, is used.
    """
    allowed = (forced,) if forced else ADAPTERS
    usable = [
        address
        for address in addresses
        if address.channel in allowed
        and address.channel in ADAPTERS
        and address.channel not in tried
    ]
    ranked = sorted(usable, key=lambda a: (not a.preferred, ADAPTERS.index(a.channel)))
    return ranked[0] if ranked else None


def address_of(addresses: Sequence[Address], channel: str) -> str | None:
    """Where a message of that channel goes; None when the person no longer has it."""
    found = [address for address in addresses if address.channel == channel]
    found.sort(key=lambda address: not address.preferred)
    return found[0].value if found else None
