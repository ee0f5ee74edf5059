"""Bodies and replies of the registry's HTTP API."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Message
from contracts.registry.events import (
    BeneficiaryRole,
    Channel,
    Contact,
    ContractKind,
    EnrolmentEnd,
)
from contracts.values import Cep, Cnpj, Cns, CouncilNumber, Cpf, Day, Plain, Uf

Name = Annotated[str, Field(min_length=2, max_length=200), Plain()]
OtherName = Annotated[str, Field(max_length=200), Plain()]
Ref = Annotated[str, Field(min_length=1, max_length=60), Plain()]
OtherRef = Annotated[str, Field(max_length=60), Plain()]
Source = Annotated[str, Field(min_length=1, max_length=40), Plain()]


class ContactIn(Message):
    """One way to reach a person, as people write it; phones are normalised to E.164."""

    channel: Channel
    value: str = Field(min_length=3, max_length=120)
    preferred: bool = False


class Address(Message):
    """A postal address."""

    cep: Cep
    street: str = Field(max_length=200)
    number: str = Field(default="", max_length=20)
    complement: str = Field(default="", max_length=100)
    district: str = Field(default="", max_length=100)
    city: str = Field(max_length=100)
    uf: Uf


class PersonIn(Message):
    """A person as somebody types them."""

    full_name: Name
    social_name: OtherName | None = None
    birth_on: Day
    cpf: Cpf
    cns: Cns | None = None
    mother_name: OtherName | None = None
    contacts: tuple[ContactIn, ...] = Field(default=(), max_length=20)
    addresses: tuple[Address, ...] = Field(default=(), max_length=10)
    councils: tuple[CouncilNumber, ...] = Field(default=(), max_length=10)
    """Registers of a professional: CRM-PR 12345, COREN-SP 98765; the state may be missing."""


class Registered(Message):
    """What came of registering a person: a new record, or the one it was linked to, and why."""

    person_id: str
    outcome: Literal["created", "linked"]
    reasons: tuple[str, ...] = ()


class Person(Message):
    """A person as the registry knows them; their CPF only as far as one may check it."""

    person_id: str
    revision: int
    full_name: str
    social_name: str | None
    birth_on: date
    cpf_masked: str
    cns: str | None
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]
    merged_into: str | None = None
    mother_name: str | None = None
    councils: tuple[str, ...] = ()
    preferences: tuple[Channel, ...] = ()


class WholePerson(Person):
    """The same with the whole CPF: for the person, or for a reason that is kept."""

    cpf: str


class PeopleSearch(Message):
    """What to look for: exactly one of the three. Sent as a body: a URL must not carry a CPF."""

    name: str | None = Field(default=None, min_length=3, max_length=200)
    cpf: Cpf | None = None
    contract_ref: str | None = Field(default=None, min_length=1, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500)


class PersonSummary(Message):
    """One line of a search."""

    person_id: str
    name: str
    birth_on: date
    cpf_masked: str
    enrolments: int


class NamesWanted(Message):
    """Of whom a list wants to say what they are called."""

    person_ids: tuple[Annotated[str, Field(min_length=1, max_length=100), Plain()], ...] = Field(
        min_length=1, max_length=200
    )


class PersonName(Message):
    """What somebody is called; nothing once they were erased."""

    person_id: str
    name: str | None


class PeopleNames(Message):
    """The names of those who are known, whatever order they were asked for in."""

    items: tuple[PersonName, ...]


class PersonPage(Message):
    """A page of a search; `next_cursor` is None on the last one."""

    items: tuple[PersonSummary, ...]
    next_cursor: str | None


class RevealIn(Message):
    """Why the whole number of a document must be seen."""

    reason: str = Field(min_length=5, max_length=300)


class Revealed(Message):
    """The number; that it was shown, to whom and why, is in the trail."""

    cpf: str


class RevocationIn(Message):
    """A consent taken back by the person, as they told somebody of the operator."""

    purpose: str = Field(min_length=2, max_length=80)
    text_version: str = Field(min_length=1, max_length=40)


class ConsentIn(RevocationIn):
    """A consent given or revoked."""

    given: bool


class Consent(ConsentIn):
    """A consent as recorded."""

    recorded_at: datetime
    recorded_by: str


class PreferencesIn(Message):
    """Channels the person prefers, best first."""

    channels: tuple[Channel, ...] = Field(max_length=3)


class MergeIn(Message):
    """Ask that two records become one person."""

    survivor_id: str
    absorbed_id: str
    reason: str = Field(min_length=3, max_length=500)


class UndoIn(Message):
    """Why a merge is taken back."""

    reason: str = Field(min_length=3, max_length=500)


class Merge(Message):
    """A merge and whether it still holds."""

    merge_id: str
    survivor_id: str
    absorbed_id: str
    reason: str
    merged_by: str
    merged_at: datetime
    undone_at: datetime | None = None


class CompanyIn(Message):
    """A company that contracts for its people."""

    cnpj: Cnpj
    name: Name


class Company(CompanyIn):
    """A company as recorded."""

    company_id: str


class ContractIn(Message):
    """A contract with the operator. `lives` counts beneficiaries when signed."""

    contract_ref: Ref
    kind: ContractKind
    signed_on: Day
    lives: int = Field(ge=1, le=10_000_000)
    company: CompanyIn | None = None


class Contract(Message):
    """A contract as recorded."""

    contract_id: str
    contract_ref: str
    kind: ContractKind
    signed_on: date
    lives: int
    company_id: str | None


class EnrolmentIn(Message):
    """One person joining one contract. The representative answers for a minor or incapable."""

    enrolment_ref: Ref
    contract: ContractIn
    person: PersonIn
    role: BeneficiaryRole = "holder"
    holder_ref: OtherRef | None = None
    representative: PersonIn | None = None
    requested_on: Day
    linked_on: Day | None = None
    joining_on: Day
    newborn_on: Day | None = None
    adopted_on: Day | None = None
    portability: bool = False


LARGEST_SEQUENCE = 2**53 - 1
"""Every JSON reader holds whole numbers up to here exactly (RFC 8259, 6)."""


class EnrolmentLine(Message):
    """One line of a partner's feed, by topic or by file.

    `sequence` orders what the source says of one enrolment: an older one than what was already
    applied is stale. `created` and `changed` carry the whole enrolment; `cancelled` and
    `deceased` only its reference and `ended_on`.
    """

    source: Source
    sequence: int = Field(ge=1, le=LARGEST_SEQUENCE)
    kind: Literal["created", "changed", "cancelled", "deceased"]
    enrolment_ref: Ref
    enrolment: EnrolmentIn | None = None
    ended_on: Day | None = None


class FieldError(Message):
    """One field that was refused, or needs a second look, and why, in Portuguese."""

    field: str
    reason: str


class Enrolment(Message):
    """An enrolment as recorded."""

    enrolment_id: str
    enrolment_ref: str
    person_id: str
    contract_id: str
    role: BeneficiaryRole
    holder_ref: str | None
    representative_person_id: str | None
    requested_on: date
    joining_on: date
    status: Literal["active", "cancelled", "deceased"]
    ended_on: date | None
    sequence: int
    notices: tuple[FieldError, ...] = ()
    """What was accepted and still has to be put right."""


class Enrolled(Enrolment):
    """An enrolment with the contract it is in."""

    contract_ref: str
    contract_kind: ContractKind


class Enrolments(Message):
    """All that a person ever joined, oldest first."""

    items: tuple[Enrolled, ...]


class EnrolmentOutcome(Message):
    """What came of one line."""

    enrolment_ref: str
    outcome: Literal["applied", "duplicate", "stale", "rejected"]
    enrolment_id: str | None = None
    reasons: tuple[str, ...] = ()
    unrepresented: bool = False
    """A minor was accepted for whom nobody answers yet."""


class Rejection(Message):
    """A refused line as it came back to its source."""

    rejection_id: str
    source: str
    enrolment_ref: str | None
    received_at: datetime
    errors: tuple[FieldError, ...]
    file_id: str | None = None
    """The file it came in, from which it can be fetched; None of what came by Kafka."""
    line_no: int | None = None


class RejectionPage(Message):
    """A page of refused lines."""

    items: tuple[Rejection, ...]
    next_cursor: str | None


class FileReceipt(Message):
    """What came of an enrolment file: the bad lines are fetched as a file of their own."""

    file_id: str
    lines: int
    applied: int
    duplicate: int
    stale: int
    rejected: int
    unrepresented: tuple[str, ...] = ()
    """References of minors that were accepted and for whom nobody answers yet."""


class TimelineEntry(Message):
    """One thing that happened to a person."""

    at: datetime
    kind: str
    author: str
    source: str
    subject: str
    summary: str


TimelineOrder = Literal["oldest", "newest"]


class Timeline(Message):
    """All that happened to a person, in the order that was asked for."""

    person_id: str
    entries: tuple[TimelineEntry, ...]
    next_cursor: str | None


class PersonExport(Message):
    """Everything the registry holds of a person, for the person."""

    person: WholePerson
    consents: tuple[Consent, ...]
    enrolments: tuple[Enrolment, ...]
    timeline: tuple[TimelineEntry, ...]


class EnrolmentEndIn(Message):
    """The end of an enrolment told by API."""

    reason: EnrolmentEnd
    ended_on: Day


class JoiningDateIn(Message):
    """A new joining date for an enrolment."""

    joining_on: Day
