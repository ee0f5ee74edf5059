"""The staff API: cases, analysis, interviews, audit. Every change carries the version it saw."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Message
from contracts.health_declaration.events import InterviewPurpose
from contracts.health_declaration.paper import SurchargeIn
from contracts.health_declaration.stages import CoarseStage, Stage
from contracts.values import Cid, Moment

UNTOLD = 0
"""The version where none is told: no decision can name it."""
WaitingOn = Literal["proponent", "operator", "erp", "nobody"]


class CaseSummary(Message):
    """One line of the list of cases; nothing clinical.

    The stage is a coarse one for whoever has no clinical purpose.
    """

    declaration_id: str
    person_id: str
    enrolment_id: str
    stage: Stage | CoarseStage
    stage_since: datetime
    """Since the release where only "released" is told: what comes later follows a CPT."""
    due_at: datetime | None
    """Untold after the signature where the stage is a coarse one: its length tells which it is."""
    version: int
    """0 once released, for whoever has no clinical purpose: decisions that were counted tell of a
    CPT."""
    waiting_on: WaitingOn | None = None
    """Who is to act; untold once released, for only a CPT makes the ERP owe an answer."""
    protocol: str | None = None
    contract_kind: str | None = None


class CasePage(Message):
    """A page of cases."""

    items: tuple[CaseSummary, ...]
    next_cursor: str | None
    total: int = 0
    """All that match, on every page; counted up to a bound."""
    total_capped: bool = False
    """There are more than were counted."""


class Course(CaseSummary):
    """How far a case has come: the steps that everybody's goes through, and nothing clinical."""

    requested_at: datetime
    letter_at: datetime | None
    signed_at: datetime | None
    released_at: datetime | None
    reminders: int
    """Reminders and warnings that this stage has had; 0 where its term is not told."""
    link_until: datetime | None
    """Until when the person's link opens the form; None where they hold none in force, and where
    the term is not told: reminders bring fresh links."""


class AnsweredYes(Message):
    """One disease declared."""

    question_id: str
    text: str
    details: dict[str, str]


class DivergenceView(Message):
    """A difference from an earlier declaration: shown to the analyst, never punished by itself."""

    question_id: str
    kind: str
    earlier_declaration_id: str
    text: str


class CriterionView(Message):
    """One criterion that sent the case on, with its rule."""

    rule_id: str
    text: str


class ConfirmedCid(Message):
    """A CID a clinician confirmed for one question."""

    question_id: str
    cid: Cid


class InterviewView(Message):
    """One interview as a clinician sees it."""

    interview_id: str
    purpose: InterviewPurpose
    status: str
    starts_at: datetime | None
    doctor: str | None
    missed: int
    result: str | None
    cids: tuple[ConfirmedCid, ...]
    reason: str | None = None
    """What is to be clarified, in the words of who asked for it."""
    in_person: bool = False
    by_phone_since: datetime | None = None


class FileView(Message):
    """A file of the case; its content is `GET /declarations/{id}/documents/{document_id}`."""

    document_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    received_at: datetime
    received_by: str | None


class ExamAsked(Message):
    """A medical examination as it was asked for, and its result once it is in."""

    exam_id: str
    description: str
    due_on: date
    requested_by: str
    requested_at: datetime
    result: str | None
    concluded_at: datetime | None


class Clinical(Message):
    """What only roles with a clinical purpose see."""

    declared: tuple[AnsweredYes, ...]
    divergences: tuple[DivergenceView, ...]
    triage: tuple[CriterionView, ...]
    interview_needed: bool
    interview_criteria: tuple[CriterionView, ...]
    opinion: str | None
    confirmed: tuple[ConfirmedCid, ...]
    interviews: tuple[InterviewView, ...]
    audit_notes: tuple[str, ...]
    exam_results: tuple[str, ...]
    files: tuple[FileView, ...] = ()
    exams: tuple[ExamAsked, ...] = ()
    cpts: tuple[str, ...] = ()
    """CPTs that came of it, in force or ended."""


class Case(CaseSummary):
    """One case. For whoever has no clinical purpose `clinical` is absent, the stage is a coarse
    one, and neither its cause nor who analysed is told."""

    joining_on: date
    protocol: str | None
    answers_version: int
    rules_version: str
    analyst: str | None
    auditor: str | None
    cause: str | None
    guidance: str | None
    enrolment_notice: str | None = None
    """Set where the enrolment changed after the signature and would waive the declaration now."""
    contacts_changed_at: datetime | None = None
    """When whoever answers was last to be reached elsewhere; codes and links went there since."""
    clinical: Clinical | None = None


class Versioned(Message):
    """A decision names the version of the case it was taken on."""

    version: int = Field(ge=1)


class DocumentRequestIn(Versioned):
    """Ask the proponent for documents."""

    items: tuple[str, ...] = Field(min_length=1, max_length=10)


class ExamRequestIn(Versioned):
    """Ask for a medical examination at the operator's cost."""

    description: str = Field(min_length=3, max_length=500)


class ExamResultIn(Versioned):
    """The result of the examination."""

    result: str = Field(min_length=3, max_length=4000)


class InterviewRequestIn(Versioned):
    """Ask for an interview to clarify what was declared."""

    reason: str = Field(min_length=3, max_length=500)


class OpinionIn(Versioned):
    """The analyst's conclusion: it goes to another person, the medical auditor."""

    conclusion: Literal["no_preexisting", "preexisting"]
    confirmed: tuple[ConfirmedCid, ...] = Field(default=(), max_length=60)
    text: str = Field(min_length=3, max_length=4000)


AuditDecision = Literal["no_preexisting", "full_coverage", "offer", "return"]


class AuditIn(Versioned):
    """The auditor's decision. `offer` needs confirmed CIDs that the CPT table knows."""

    decision: AuditDecision
    notes: str = Field(min_length=3, max_length=4000)
    confirmed: tuple[ConfirmedCid, ...] | None = Field(default=None, max_length=60)


class CptWaiverIn(Versioned):
    """Ends the CPTs of somebody whose enrolment, as it was corrected, declares nothing."""

    notes: str = Field(min_length=3, max_length=4000)


class NegotiationIn(Versioned):
    """What a person of the operator settled with a proponent who refused or let a term pass."""

    outcome: Literal[
        "full_coverage", "offer_again", "reopen", "withdrawn_by_proponent", "surcharge_agreed"
    ]
    notes: str = Field(min_length=3, max_length=2000)
    surcharge: SurchargeIn | None = None
    """With `surcharge_agreed`, and only with it."""

    @model_validator(mode="after")
    def _told_when_agreed(self) -> "NegotiationIn":
        if (self.surcharge is not None) != (self.outcome == "surcharge_agreed"):
            raise ValueError("informe o agravo combinado, e só quando ele foi combinado")
        return self


class AssistanceIn(Message):
    """Start helping a proponent who has no phone: another person types, both are recorded."""

    identity_check: str = Field(min_length=3, max_length=200)
    code: str | None = Field(default=None, pattern=r"^\d{6}$")
    """The one-time code of `POST …/assistance-code`; needed once the person acted by themselves."""


class SlotIn(Message):
    """A time a doctor gives to interviews."""

    doctor: str = Field(min_length=1, max_length=100)
    starts_at: Moment
    minutes: int = Field(default=30, ge=10, le=120)


class SlotsIn(Message):
    """Several slots at once; one that exists already is left as it is."""

    slots: tuple[SlotIn, ...] = Field(min_length=1, max_length=500)


class SlotView(Message):
    """A slot and whether it is taken."""

    slot_id: str
    doctor: str
    starts_at: datetime
    minutes: int
    taken: bool


class SlotPage(Message):
    """A page of slots."""

    items: tuple[SlotView, ...]
    next_cursor: str | None


class InterviewSummary(Message):
    """One interview in a list; nothing clinical."""

    interview_id: str
    declaration_id: str
    purpose: InterviewPurpose | None
    """None for whoever has no clinical purpose: to clarify follows only what was declared."""
    status: str
    starts_at: datetime | None
    doctor: str | None
    missed: int
    version: int
    in_person: bool = False
    by_phone_since: datetime | None = None
    """When it went on by telephone, for the video did not work; None where it did not."""


class InterviewLine(InterviewSummary):
    """The same for whoever keeps the agenda: whose it is, and how long a time may be waited for."""

    person_id: str
    minutes: int | None = None
    choose_by: datetime | None = None
    """The person's term to choose a time; the operator's to give one where there is none yet.

    None once it is booked.
    """
    offered: bool = False
    """Whether there was a time to choose."""
    next_free_at: datetime | None = None
    """The first time that could still be booked; None where there is none, or it is booked."""


class InterviewPage(Message):
    """A page of interviews."""

    items: tuple[InterviewLine, ...]
    next_cursor: str | None


class InterviewResultIn(Versioned):
    """The result as typed by the interviewing doctor; unsigned does not advance the case."""

    text: str = Field(min_length=3, max_length=8000)
    cids: tuple[ConfirmedCid, ...] = Field(default=(), max_length=60)
    signed: bool
    in_person: bool | None = None
    """How it was held, where not as booked; None leaves what the booking says."""


class MissedIn(Versioned):
    """The proponent did not come."""


class BookingIn(Versioned):
    """A time that the person chose by telling the scheduler."""

    slot_id: str = Field(min_length=1, max_length=100)
    in_person: bool = False


class RescheduleIn(Versioned):
    """The time is given back, for a reason that stays in the trail; others are offered."""

    reason: str = Field(min_length=3, max_length=200)


class ByPhoneIn(Versioned):
    """The video did not work: the interview goes on by telephone."""


Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
"""Blanks alone say nothing."""


class Withdrawal(Versioned):
    """The proponent withdrew by telling a person of the operator."""

    reason: str = Field(min_length=3, max_length=500)


class LinkIssue(Message):
    """A link was sent again; its secret goes only to the person."""

    expires_at: datetime
