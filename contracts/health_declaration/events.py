"""Facts owned by the health declaration service.

None carries an answer, a CID or a reason that would tell a disease: those stay in the service and
are read through its API by roles with a clinical purpose.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

from contracts.base import Event, Sensitive
from contracts.registry.events import Contact

InterviewPurpose = Literal["guidance", "clarification"]
SignatureChannel = Literal["code", "assisted_code", "paper"]


class DeclarationEvent(Event):
    """Base of the facts about one declaration, in order by its id."""

    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "declaration_id"

    declaration_id: str
    person_id: str


class DeclarationWaived(Event):
    """No declaration is due for this enrolment; `rule_id` says why."""

    type: ClassVar[str] = "health_declaration.declaration.waived.v1"
    topic: ClassVar[str] = "health_declaration.events"

    person_id: str
    enrolment_id: str
    rule_id: str
    rules_version: str


class OwnConsentRecorded(Event):
    """A person gave or revoked a consent in the session of their form; the registry keeps it."""

    type: ClassVar[str] = "health_declaration.consent.recorded.v1"
    topic: ClassVar[str] = "health_declaration.events"

    person_id: str
    purpose: str
    text_version: str
    given: bool


class DeclarationRequested(DeclarationEvent):
    """A declaration is due: its process starts."""

    type: ClassVar[str] = "health_declaration.declaration.requested.v1"

    enrolment_id: str
    rules_version: str


class LinkIssued(DeclarationEvent):
    """A new link replaced the former one."""

    type: ClassVar[str] = "health_declaration.link.issued.v1"

    expires_at: datetime


class DeclarationStarted(DeclarationEvent):
    """The guidance letter was acknowledged; answers may come."""

    type: ClassVar[str] = "health_declaration.declaration.started.v1"

    letter_version: str


class DeclarationSigned(DeclarationEvent):
    """The proponent signed this version of the answers."""

    type: ClassVar[str] = "health_declaration.declaration.signed.v1"

    answers_version: int
    channel: SignatureChannel
    protocol: str


class DeclarationRectified(DeclarationEvent):
    """The proponent opened a new version of the answers; the old one is kept."""

    type: ClassVar[str] = "health_declaration.declaration.rectified.v1"

    answers_version: int


class DeclarationReferred(DeclarationEvent):
    """Triage, an answer or a missed term sent the case to a person."""

    type: ClassVar[str] = "health_declaration.declaration.referred.v1"

    cause: str
    rules_version: str


class RespondentNamed(DeclarationEvent):
    """Somebody else answers the declaration from now on, or somebody at last."""

    type: ClassVar[str] = "health_declaration.respondent.named.v1"


class DocumentsRequested(DeclarationEvent):
    """The analyst asked the proponent for documents."""

    type: ClassVar[str] = "health_declaration.documents.requested.v1"

    request_id: str


class DocumentsReceived(DeclarationEvent):
    """The proponent answered a request for documents."""

    type: ClassVar[str] = "health_declaration.documents.received.v1"

    request_id: str


class ExamRequested(DeclarationEvent):
    """A medical examination at the operator's cost was asked for."""

    type: ClassVar[str] = "health_declaration.exam.requested.v1"

    exam_id: str


class ExamConcluded(DeclarationEvent):
    """The result of the examination is in."""

    type: ClassVar[str] = "health_declaration.exam.concluded.v1"

    exam_id: str


class InterviewRequested(DeclarationEvent):
    """An interview is to be scheduled: slots are offered to the proponent."""

    type: ClassVar[str] = "health_declaration.interview.requested.v1"

    interview_id: str
    purpose: InterviewPurpose


class InterviewScheduled(DeclarationEvent):
    """The proponent chose a slot, the first time or again."""

    type: ClassVar[str] = "health_declaration.interview.scheduled.v1"

    interview_id: str
    starts_at: datetime


class InterviewMissed(DeclarationEvent):
    """The proponent did not come."""

    type: ClassVar[str] = "health_declaration.interview.missed.v1"

    interview_id: str
    missed: int


class InterviewConcluded(DeclarationEvent):
    """The interviewing doctor typed and signed the result."""

    type: ClassVar[str] = "health_declaration.interview.concluded.v1"

    interview_id: str


class OpinionGiven(DeclarationEvent):
    """The analyst concluded; the case goes to a medical auditor."""

    type: ClassVar[str] = "health_declaration.opinion.given.v1"


class AuditReturned(DeclarationEvent):
    """The auditor asked the analyst for information."""

    type: ClassVar[str] = "health_declaration.audit.returned.v1"


class AuditConcluded(DeclarationEvent):
    """The auditor decided."""

    type: ClassVar[str] = "health_declaration.audit.concluded.v1"


class OfferMade(DeclarationEvent):
    """The operator's alternatives were put to the proponent."""

    type: ClassVar[str] = "health_declaration.offer.made.v1"

    offer_id: str


class OfferAccepted(DeclarationEvent):
    """The proponent chose one of the alternatives."""

    type: ClassVar[str] = "health_declaration.offer.accepted.v1"

    offer_id: str


class OfferRefused(DeclarationEvent):
    """The proponent refused: a person of the operator talks to them; nothing is denied."""

    type: ClassVar[str] = "health_declaration.offer.refused.v1"

    offer_id: str


class SurchargeAgreed(DeclarationEvent):
    """The proponent signed an addendum: a surcharge for some months, in the place of a CPT."""

    type: ClassVar[str] = "health_declaration.surcharge.agreed.v1"

    enrolment_id: str
    cents_per_month: int
    months: int
    addendum_sha256: str


class TermIssued(DeclarationEvent):
    """The term is ready to be read and signed."""

    type: ClassVar[str] = "health_declaration.term.issued.v1"

    term_id: str
    sha256: str


class TermSigned(DeclarationEvent):
    """The proponent signed the term."""

    type: ClassVar[str] = "health_declaration.term.signed.v1"

    term_id: str
    sha256: str
    channel: SignatureChannel | None = None


class DeclarationReleased(DeclarationEvent):
    """Nothing stands any more between the person and the plan."""

    type: ClassVar[str] = "health_declaration.declaration.released.v1"

    enrolment_id: str
    straight_through: bool
    rules_version: str


class DeclarationIntegrated(DeclarationEvent):
    """Every party holds the outcome; the process ends."""

    type: ClassVar[str] = "health_declaration.declaration.integrated.v1"


class DeclarationExpired(DeclarationEvent):
    """The term to declare passed without a signature; a person decides what follows."""

    type: ClassVar[str] = "health_declaration.declaration.expired.v1"


class DeclarationReopened(DeclarationEvent):
    """A person gave an expired declaration a new term: its process starts again."""

    type: ClassVar[str] = "health_declaration.declaration.reopened.v1"


class DeclarationWithdrawn(DeclarationEvent):
    """The proponent withdrew."""

    type: ClassVar[str] = "health_declaration.declaration.withdrawn.v1"


class DeclarationCancelled(DeclarationEvent):
    """The enrolment behind the declaration ended, or was corrected and waives it."""

    type: ClassVar[str] = "health_declaration.declaration.cancelled.v1"

    reason: str


class DeadlineMissed(DeclarationEvent):
    """A term of the operator passed; `level` climbs the escalation."""

    type: ClassVar[str] = "health_declaration.deadline.missed.v1"

    stage: str
    level: int


class CptStarted(Event):
    """A CPT is in force from the joining date on."""

    type: ClassVar[str] = "health_declaration.cpt.started.v1"
    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "cpt_id"

    cpt_id: str
    person_id: str
    declaration_id: str
    starts_on: date
    ends_on: date


class CptChanged(CptStarted):
    """The dates of a CPT moved with the joining date."""

    type: ClassVar[str] = "health_declaration.cpt.changed.v1"


class CptEnded(Event):
    """A CPT ended: its time passed, the enrolment ended, or as corrected it declares nothing."""

    type: ClassVar[str] = "health_declaration.cpt.ended.v1"
    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "cpt_id"

    cpt_id: str
    person_id: str
    declaration_id: str
    ended_on: date
    reason: Literal["term", "cancelled", "deceased"]
    waived: bool = False
    """It was cancelled because the enrolment, as corrected since, declares nothing."""


class CptConfirmed(Event):
    """The ERP applied a revision of a CPT."""

    type: ClassVar[str] = "health_declaration.cpt.confirmed.v1"
    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "declaration_id"

    declaration_id: str
    person_id: str
    cpt_id: str
    revision: int


class CptRefusedByErp(Event):
    """The ERP refused a revision of a CPT: a person corrects it and reports it again."""

    type: ClassVar[str] = "health_declaration.cpt.refused_by_erp.v1"
    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "declaration_id"

    declaration_id: str
    person_id: str
    cpt_id: str
    revision: int


class RuleSetPublished(Event):
    """A version of a rule set was approved by a second person."""

    type: ClassVar[str] = "health_declaration.rule_set.published.v1"
    topic: ClassVar[str] = "health_declaration.events"
    key_field: ClassVar[str] = "name"

    name: str
    version: int


class ContactRequested(Event):
    """Ask the contact service to reach a person with an approved template; nothing clinical."""

    type: ClassVar[str] = "health_declaration.contact.requested.v1"
    topic: ClassVar[str] = "health_declaration.events"

    person_id: str
    contact_id: str
    template: str
    params: Sensitive[dict[str, str]]
    channel: str | None = None
    """Force one channel (a code asked for by e-mail); otherwise the person's preference holds."""
    addresses: Sensitive[tuple[Contact, ...] | None] = None
    """Where this one message goes instead of to the person's addresses: the former ones, told that
    they were replaced."""
