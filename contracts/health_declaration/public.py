"""The public API: what the proponent's phone sends and reads, behind a link and a code."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Message
from contracts.health_declaration.events import InterviewPurpose, SignatureChannel
from contracts.registry.events import Channel
from contracts.values import Cpf, Day, Plain

Guidance = Literal["operator_doctor", "own_doctor", "waived"]
Choice = Literal["full_coverage", "cpt", "agravo", "refuse"]


class SessionIn(Message):
    """Open a session: the link's secret and the birth date of the person it was sent to."""

    link: str = Field(min_length=20, max_length=100)
    birth_on: Day
    channel: Channel | None = None


class Challenge(Message):
    """A one-time code is on its way."""

    challenge_id: str
    expires_at: datetime


class CodeRequestIn(Message):
    """Ask for a one-time code; without a channel it goes by the person's preferred way."""

    channel: Channel | None = None


class CodeIn(Message):
    """The one-time code as received."""

    code: str = Field(pattern=r"^\d{6}$")


class Session(Message):
    """A session of the form; goes in the header `Vinculo-Session`."""

    session: str
    expires_at: datetime


class LinkRenewalIn(Message):
    """Ask for another link with the one that expired; the answer never says whether it existed."""

    link: str = Field(min_length=20, max_length=100)


class Accepted(Message):
    """Done or under way; nothing more to tell."""

    accepted: bool = True


NoticeKind = Literal["letter", "privacy", "terms"]
"""The regulator's guidance letter, the operator's privacy notice, its terms of use."""
ConsentPurpose = Literal["prevention_programmes", "satisfaction_survey", "news"]
"""Uses of data that the law leaves to the person, each with a text of its own."""
TextKind = NoticeKind | ConsentPurpose


class Notice(Message):
    """A text that the proponent reads before the first question."""

    version: str
    title: str
    text: str


class Intermediary(Message):
    """Whoever took part in the sale and was present when the letter was read."""

    name: Annotated[str, Field(min_length=2, max_length=200), Plain()]
    cpf: Cpf


NoticeVersion = Annotated[str, Field(min_length=1, max_length=40)]


class LetterIn(Message):
    """Acknowledge letter, privacy notice and terms of use, and choose how to be guided."""

    version: NoticeVersion
    privacy_version: NoticeVersion
    terms_version: NoticeVersion
    guidance: Guidance
    intermediary: Intermediary | None = None


class FollowUp(Message):
    """A question opened only by a yes."""

    id: str
    text: str
    required: bool
    kind: Literal["text", "year"] = "text"


class Question(Message):
    """One question of the form."""

    id: str
    text: str
    follow_ups: tuple[FollowUp, ...]
    group: str = ""
    """Questions of one group, such as a system of the body, are asked together."""


Detail = Annotated[str, Field(max_length=2000)]


class AnswerIn(Message):
    """Answer one question; details by follow-up id only where the answer is yes."""

    answer: Literal["yes", "no"]
    details: dict[str, Detail] = Field(default_factory=dict, max_length=10)


class AnswersIn(Message):
    """Answer a whole step of the form, by question id; all of them are kept or none."""

    answers: dict[Annotated[str, Field(max_length=40)], AnswerIn] = Field(
        min_length=1, max_length=100
    )


class Answer(AnswerIn):
    """An answer as saved."""

    question_id: str
    saved_at: datetime


class Answers(Message):
    """The answers of a step as saved."""

    answers: tuple[Answer, ...]


class Form(Message):
    """All a phone needs to show: where the declaration stands and what may be done next."""

    declaration_id: str
    stage: str
    answers_version: int
    protocol: str | None
    letter: Notice
    privacy: Notice
    terms: Notice
    letter_acknowledged: bool
    guidance: Guidance | None
    stem: str = ""
    """Read before every question."""
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    text_hash: str
    """SHA-256 of the text as it would be signed now."""
    text: str
    next_step: str
    """One sentence in Portuguese: what is waited for, and from whom."""


class SignatureIn(Message):
    """Sign the text whose hash was shown, proved by the one-time code."""

    code: str = Field(pattern=r"^\d{6}$")
    text_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class Receipt(Message):
    """Proof for the proponent."""

    declaration_id: str
    protocol: str
    answers_version: int
    signed_at: datetime
    text_hash: str
    channel: SignatureChannel


class Slot(Message):
    """A time when a doctor can hold an interview. Not held: the first choice wins."""

    slot_id: str
    starts_at: datetime
    minutes: int


class SlotOffer(Message):
    """Up to three times to choose from."""

    interview_id: str
    purpose: InterviewPurpose
    slots: tuple[Slot, ...]


class SlotChoice(Message):
    """The slot chosen, by video or, where video does not work for the person, in person."""

    slot_id: str
    in_person: bool = False


class Booking(Message):
    """The interview as booked."""

    interview_id: str
    starts_at: datetime
    minutes: int
    status: str
    in_person: bool = False


Manner = Literal["video", "in_person", "phone"]


class Room(Message):
    """How and when somebody is interviewed; `join_url` is None until the hour, and where there is
    no video. `fallback` says what to do by its manner."""

    manner: Manner = "video"
    join_url: str | None
    opens_at: datetime
    recording_consent: bool | None
    fallback: str


class RecordingConsentIn(Message):
    """Whether the proponent agrees to be recorded; the interview happens either way."""

    agrees: bool


class DocumentIn(Message):
    """One file, base64; PDF, JPEG or PNG up to 8 MB."""

    name: str = Field(min_length=1, max_length=120)
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]
    content_base64: str = Field(min_length=4, max_length=11_300_000)


class DocumentRequestView(Message):
    """What the operator asked for."""

    request_id: str
    items: tuple[str, ...]
    due_on: date
    answered: bool


class ExamView(Message):
    """The medical examination the operator asked for, and by when; the person pays nothing."""

    exam_id: str
    description: str
    due_on: date
    cost: str
    """One sentence in Portuguese: who pays."""
    concluded: bool


class OfferOption(Message):
    """One alternative in plain words. `monthly_cents` and for how many `months`: only agravo."""

    choice: Choice
    text: str
    monthly_cents: int | None = None
    months: int | None = None


class Offer(Message):
    """What the operator offers; nothing here refuses the contract."""

    offer_id: str
    options: tuple[OfferOption, ...]
    answer_by: date
    chosen: Choice | None


class OfferChoice(Message):
    """The proponent's answer to the offer that was read."""

    offer_id: str = Field(min_length=1, max_length=60)
    choice: Choice
    code: str | None = Field(default=None, pattern=r"^\d{6}$")
    """The one-time code of `POST /public/offer/code`; needed only where an employee types."""


class TermView(Message):
    """The term to read and sign; the PDF itself is `GET /public/term.pdf`."""

    term_id: str
    sha256: str
    sign_by: date
    signed_at: datetime | None


class TermSignatureIn(Message):
    """Sign the term whose hash was shown, proved by the one-time code."""

    code: str = Field(pattern=r"^\d{6}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
