"""Facts owned by the registry: people, contracts and who joined what."""

from datetime import date, datetime
from typing import ClassVar, Literal

from contracts.base import Event, Message, Sensitive

ContractKind = Literal["individual", "by_affiliation", "company", "sole_trader"]
BeneficiaryRole = Literal["holder", "dependant"]
Channel = Literal["whatsapp", "email", "sms"]
EnrolmentEnd = Literal["cancelled", "deceased"]


class Contact(Message):
    """One way to reach a person; `value` is E.164 for phones."""

    channel: Channel
    value: str
    preferred: bool = False


class RegistryEvent(Event):
    """Base of the registry's facts."""

    topic: ClassVar[str] = "registry.events"


class PersonRecorded(RegistryEvent):
    """A person was registered or corrected; carries the whole state after it."""

    type: ClassVar[str] = "registry.person.recorded.v1"

    person_id: str
    revision: int
    full_name: Sensitive[str]
    social_name: Sensitive[str | None] = None
    birth_on: Sensitive[date]
    cpf: Sensitive[str]
    contacts: Sensitive[tuple[Contact, ...]] = ()
    former_contacts: Sensitive[tuple[Contact, ...] | None] = None
    """Ways to reach the person before this revision changed them; None when it did not."""


class PersonLinked(RegistryEvent):
    """The same person came written in another way and was linked instead of doubled."""

    type: ClassVar[str] = "registry.person.linked.v1"

    person_id: str
    reasons: tuple[str, ...]
    source: str


class PeopleMerged(RegistryEvent):
    """Two records were found to be one person; the survivor keeps both histories."""

    type: ClassVar[str] = "registry.people.merged.v1"

    person_id: str
    absorbed_id: str
    merge_id: str
    reason: str
    """`in_registry`: why is free text about people, and stays where they are registered."""


class MergeUndone(RegistryEvent):
    """A merge was taken back; both records stand again."""

    type: ClassVar[str] = "registry.merge.undone.v1"

    person_id: str
    absorbed_id: str
    merge_id: str
    reason: str


class ConsentRecorded(RegistryEvent):
    """A person gave or revoked a consent for one purpose, under one text version."""

    type: ClassVar[str] = "registry.consent.recorded.v1"

    person_id: str
    purpose: str
    text_version: str
    given: bool


class PersonErased(RegistryEvent):
    """The person's key was destroyed: what was sealed with it is unreadable everywhere."""

    type: ClassVar[str] = "registry.person.erased.v1"

    person_id: str


class ContractRecorded(RegistryEvent):
    """A contract was registered or changed."""

    type: ClassVar[str] = "registry.contract.recorded.v1"
    key_field: ClassVar[str] = "contract_id"

    contract_id: str
    kind: ContractKind
    signed_on: date
    lives: int


class BeneficiaryEnrolled(RegistryEvent):
    """A person joined a contract; carries what decides whether a health declaration is due."""

    type: ClassVar[str] = "registry.beneficiary.enrolled.v1"

    person_id: str
    enrolment_id: str
    enrolment_ref: str
    contract_id: str
    contract_kind: ContractKind
    contract_signed_on: date
    contract_lives: int
    role: BeneficiaryRole
    holder_ref: str | None = None
    requested_on: date
    """When joining was asked for: what the windows of 30 days are counted to."""
    linked_on: date | None = None
    """When the link to the company or class entity began."""
    joining_on: date
    newborn_on: date | None = None
    adopted_on: date | None = None
    portability: bool = False
    representative_person_id: str | None = None


class EnrolmentChanged(RegistryEvent):
    """An enrolment says something else now; carries all of it as it stands after the change.

    A fact of before a field existed lacks it, and says nothing of it.
    """

    type: ClassVar[str] = "registry.enrolment.changed.v1"

    person_id: str
    enrolment_id: str
    joining_on: date
    representative_person_id: str | None = None
    enrolment_ref: str | None = None
    contract_id: str | None = None
    contract_kind: ContractKind | None = None
    contract_signed_on: date | None = None
    contract_lives: int | None = None
    role: BeneficiaryRole | None = None
    holder_ref: str | None = None
    requested_on: date | None = None
    linked_on: date | None = None
    newborn_on: date | None = None
    adopted_on: date | None = None
    portability: bool | None = None


class EnrolmentEnded(RegistryEvent):
    """An enrolment ended: cancelled by its source, or the person died."""

    type: ClassVar[str] = "registry.enrolment.ended.v1"

    person_id: str
    enrolment_id: str
    reason: EnrolmentEnd
    ended_on: date


class EnrolmentRejected(RegistryEvent):
    """A line of a partner's feed was refused; the line itself is listed by the API."""

    type: ClassVar[str] = "registry.enrolment.rejected.v1"
    key_field: ClassVar[str] = "rejection_id"

    rejection_id: str
    source: str
    fields: tuple[str, ...]
    received_at: datetime
