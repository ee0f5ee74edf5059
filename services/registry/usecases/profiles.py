"""All that identifies a person, as it lies sealed in the person's row."""

import re
from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from contracts.registry.api import Address, ContactIn, FieldError, PersonIn
from contracts.registry.events import Channel, Contact
from contracts.values import Council, council_parts, written_council
from kit.errors import Refused
from services.registry.rules.identity import Identity, joined
from services.registry.rules.phones import BadPhone, parse_phone

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class Invalid(Refused):
    """422 naming each field and the reason in Portuguese."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        shown = [error.model_dump() for error in self.errors]
        super().__init__("Dados inválidos", "validation-failed", errors=shown)


class Profile(BaseModel):
    """A person's identity in normal form: documents without mask, phones in E.164."""

    model_config = ConfigDict(frozen=True)

    full_name: str
    social_name: str | None = None
    birth_on: date
    cpf: str
    cns: str | None = None
    mother_name: str | None = None
    contacts: tuple[Contact, ...] = ()
    addresses: tuple[Address, ...] = ()
    councils: tuple[str, ...] = ()
    preferences: tuple[Channel, ...] = ()

    @property
    def identity(self) -> Identity:
        """What the rules compare."""
        return Identity(
            name=self.full_name,
            birth_on=self.birth_on,
            cpf=self.cpf,
            cns=self.cns,
            mother=self.mother_name,
            councils=self.registers,
        )

    @property
    def registers(self) -> tuple[Council, ...]:
        """The registers of a professional, taken apart."""
        return tuple(council_parts(one) for one in self.councils)


def profile_of(body: PersonIn, place: str = "") -> Profile:
    """The normal form of what was typed; raises Invalid naming fields under `place`."""
    read = [_contact(one, f"{place}contacts.{n}.value") for n, one in enumerate(body.contacts)]
    errors = [one for one in read if isinstance(one, FieldError)]
    if errors:
        raise Invalid(errors)
    contacts = {(c.channel, c.value): c for c in read if isinstance(c, Contact)}
    given = body.model_dump(exclude={"contacts"})
    given |= {"full_name": " ".join(body.full_name.split()), "contacts": tuple(contacts.values())}
    read_once = Profile.model_validate(given)
    return read_once.model_copy(update={"councils": _councils(read_once)})


def completed(known: Profile, incoming: Profile) -> Profile:
    """What is known, with only its gaps filled: a link never overwrites."""
    gaps = {
        name: value
        for name, value in incoming
        if value and not getattr(known, name) and name in Profile.model_fields
    }
    return known.model_copy(update=gaps | {"councils": _councils(known, incoming)})


def corrected(known: Profile, incoming: Profile) -> Profile:
    """What came, keeping the channels the person prefers.

    Registers stay where none came: a feed of beneficiaries knows nothing of professions.
    """
    kept = {"preferences": known.preferences, "councils": incoming.councils or known.councils}
    return incoming.model_copy(update=kept)


def _councils(known: Profile, incoming: Profile | None = None) -> tuple[str, ...]:
    every = joined(known.registers, incoming.registers if incoming else ())
    return tuple(written_council(one) for one in every)


def reachable(profile: Profile) -> tuple[Contact, ...]:
    """Contacts, the preferred channels first; the first preference marks its contacts."""
    order = profile.preferences
    if not order:
        return profile.contacts
    marked = [c.model_copy(update={"preferred": c.channel == order[0]}) for c in profile.contacts]
    return tuple(sorted(marked, key=lambda c: _rank(order, c.channel)))


def replaced(known: Profile, incoming: Profile) -> tuple[Contact, ...] | None:
    """The former contacts when they are others now; None when they are the same.

    One that was merely added counts: a code could go there instead.
    """
    former, now = ({(c.channel, c.value) for c in p.contacts} for p in (known, incoming))
    return None if former == now else reachable(known)


def _rank(order: tuple[Channel, ...], channel: Channel) -> int:
    return order.index(channel) if channel in order else len(order)


def _contact(given: ContactIn, field: str) -> Contact | FieldError:
    if given.channel == "email":
        value = given.value.strip().lower()
        if _EMAIL.fullmatch(value) is None:
            return FieldError(field=field, reason="e-mail inválido: use nome@dominio")
        if not value.isascii():
            return FieldError(field=field, reason="e-mail inválido: use letras sem acento")
        return Contact(channel="email", value=value, preferred=given.preferred)
    try:
        phone = parse_phone(given.value)
    except BadPhone as refusal:
        return FieldError(field=field, reason=str(refusal))
    if given.channel == "sms" and not phone.mobile:
        return FieldError(field=field, reason="telefone inválido: SMS só chega a celular")
    return Contact(channel=given.channel, value=phone.e164, preferred=given.preferred)
