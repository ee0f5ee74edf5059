"""Which channel comes next, and how long a failed send waits."""

import pytest

from contracts.registry.events import Contact
from services.contact.rules.channels import address_of, next_address
from services.contact.rules.retry import wait_seconds

PHONE = Contact(channel="whatsapp", value="+5541900000001")
MAIL = Contact(channel="email", value="a@example.com")
SMS = Contact(channel="sms", value="+5541900000001", preferred=True)


def preferred(address: Contact) -> Contact:
    return address.model_copy(update={"preferred": True})


@pytest.mark.parametrize(
    ("addresses", "tried", "forced", "expected"),
    [
        ((MAIL, PHONE), (), None, PHONE),
        ((PHONE, preferred(MAIL)), (), None, preferred(MAIL)),
        ((PHONE, MAIL), ("whatsapp",), None, MAIL),
        ((PHONE, MAIL), ("whatsapp", "email"), None, None),
        ((PHONE, MAIL), (), "email", MAIL),
        ((PHONE, MAIL), ("email",), "email", None),
        ((PHONE,), (), "email", None),
        ((SMS, MAIL), (), None, MAIL),
        ((SMS,), (), "sms", None),
        ((), (), None, None),
    ],
)
def test_the_preferred_channel_not_tried_yet_comes_next(
    addresses: tuple[Contact, ...],
    tried: tuple[str, ...],
    forced: str | None,
    expected: Contact | None,
) -> None:
    assert next_address(addresses, tried, forced) == expected


def test_of_two_addresses_the_preferred_is_used() -> None:
    other = Contact(channel="email", value="b@example.com", preferred=True)
    assert address_of((MAIL, other), "email") == "b@example.com"
    assert address_of((MAIL,), "whatsapp") is None


def test_waits_grow_and_end() -> None:
    waits = [wait_seconds(tries) for tries in range(9)]
    assert waits == [None, 1, 2, 4, 8, 16, 30, 60, None]
