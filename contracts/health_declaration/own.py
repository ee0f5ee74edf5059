"""A person's own data, by the public API: seen, corrected, taken along, consented to, erased."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Message
from contracts.health_declaration import public
from contracts.values import Plain

RequestKind = Literal["correction", "erasure"]


class OwnConsentIn(Message):
    """A consent given or revoked, for one purpose, as the text of that version says."""

    purpose: str = Field(min_length=2, max_length=80)
    text_version: str = Field(min_length=1, max_length=40)
    given: bool


class OwnConsent(Message):
    """A purpose that takes a consent, and where it stands; `given` is None where none was said."""

    purpose: str
    title: str
    text: str
    text_version: str
    given: bool | None
    recorded_at: datetime | None


class OwnRequestIn(Message):
    """Ask for a correction, saying of what, or for erasure."""

    kind: RequestKind
    text: Annotated[str, Field(max_length=2000), Plain(lines=True)] = ""


class OwnRequest(Message):
    """A request and what came of it."""

    request_id: str
    kind: RequestKind
    made_at: datetime
    settled_at: datetime | None
    answer: str | None


class AskedRequest(OwnRequest):
    """A request as the data protection officer works it.

    `text` and `answer` are None once the person was erased: nobody reads them any more.
    """

    text: str | None
    declaration_id: str
    person_id: str
    settled_by: str | None


class RequestSettlementIn(Message):
    """What the data protection officer answers; the person reads it."""

    answer: Annotated[str, Field(min_length=3, max_length=2000), Plain(lines=True)]


class Settlement(Message):
    """That a request was answered, and when."""

    request_id: str
    settled_at: datetime


class OwnData(Message):
    """What is kept of the person here."""

    name: str
    birth_on: date | None
    cpf_masked: str
    protocol: str | None
    consents: tuple[OwnConsent, ...]
    requests: tuple[OwnRequest, ...]


class OwnDocument(Message):
    """A file that the person sent."""

    name: str
    received_at: datetime
    sha256: str


class OwnExport(Message):
    """All of it, to take along."""

    exported_at: datetime
    person: OwnData
    declaration: public.Form
    documents: tuple[OwnDocument, ...]
    offer: public.Offer | None
    term: public.TermView | None
