"""CPTs, the coverage check, rule sets, notices and partners: the rest of the staff API."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from contracts.base import Message
from contracts.health_declaration.public import TextKind
from contracts.values import Cid, Day, Moment, Tuss

MOST_LEVELS = 50
"""Lists and objects within each other: no rule set has ten, and 255 cannot be written as JSON."""


class CptItemView(Message):
    """One restricted range: the disease, its CIDs and the procedure families it touches."""

    question_id: str
    cid_range: str
    families: tuple[str, ...]
    question: str = ""
    """The disease, as the question that was answered yes names it."""
    words: tuple[str, ...] = ()
    """The families in the words of the term."""


class SignedTerm(Message):
    """The term behind a CPT; its PDF is `GET /declarations/{id}/term.pdf`."""

    sha256: str
    issued_at: datetime
    signed_at: datetime | None
    channel: str | None


class Cpt(Message):
    """A CPT of one person. In force on d when starts_on <= d < ends_on."""

    cpt_id: str
    declaration_id: str
    person_id: str
    enrolment_id: str
    revision: int
    status: Literal["in_force", "ended"]
    starts_on: date
    ends_on: date
    end_reason: str | None
    erp_status: Literal["reported", "applied", "refused", "no_partner_key"]
    erp_reason: str | None
    term_sha256: str | None
    rules_version: str
    items: tuple[CptItemView, ...]
    months: int
    created_at: datetime
    erp_revision: int
    """The newest revision that the ERP applied; 0 before the first."""
    reported_at: datetime | None
    report_due_at: datetime | None
    """When it is reported again by itself; None where it is left to a person."""
    report_tries: int
    procedures: int = 0
    """How many TUSS codes it suspends."""
    high_technology_bed: bool = False
    term: SignedTerm | None = None
    """Told of one CPT, not in a list."""


class CidFound(Message):
    """One CID and its official name."""

    cid: Cid
    name: str


class CidsFound(Message):
    """The CIDs that answer a search; `more` where there are others."""

    items: tuple[CidFound, ...]
    more: bool


class CptPage(Message):
    """A page of CPTs."""

    items: tuple[Cpt, ...]
    next_cursor: str | None


class CoverageCheckIn(Message):
    """Would a CPT suspend this? Either a procedure (TUSS) or a high-technology bed."""

    person_id: str
    on: Day
    tuss: Tuss | None = None
    high_technology_bed: bool = False
    cids: tuple[Cid, ...] = Field(default=(), max_length=20)
    urgent: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "CoverageCheckIn":
        if self.tuss is None and not self.high_technology_bed:
            raise ValueError("informe o procedimento (TUSS) ou o leito de alta tecnologia")
        return self


class CoverageReason(Message):
    """Why, for one CPT; `rules_version` is the one it was signed under and is read by."""

    cpt_id: str
    match: Literal["direct", "possible"]
    rule_id: str
    text: str
    rules_version: str


class CoverageCheck(Message):
    """The answer, as far as CPT goes; waiting periods are another question.

    `rules_version` is the rulebook in force, which reads the request.
    """

    result: Literal["not_suspended", "suspended", "medical_auditor"]
    care_must_not_wait: bool
    reasons: tuple[CoverageReason, ...]
    text: str
    rules_version: str


class CptAdvance(Message):
    """Do what is due at `now`: ends, and reports to repeat; at most `limit` of each."""

    now: Moment
    limit: int = Field(default=200, ge=1, le=1000)


class CptAdvanced(Message):
    """How many ended and were reported again, whether more are due, and when the next one is."""

    ended: int
    repeated: int = 0
    more: bool
    next_due_at: datetime | None


RuleSetName = Literal["parameters", "questionnaire", "cpt_table", "families"]


class RuleSetVersion(Message):
    """One version of a rule set."""

    name: RuleSetName
    version: int
    status: Literal["draft", "published"]
    author: str
    writers: tuple[str, ...] = ()
    """Everybody whose hand is in it, the author with them: none of them publishes it."""
    approver: str | None
    created_at: datetime
    published_at: datetime | None
    content: dict[str, Any]
    cases: tuple[dict[str, Any], ...]
    content_hash: str = ""
    """Of content and cases: whoever publishes a draft names the one they read."""


class RuleSetPage(Message):
    """The versions of a rule set, newest first."""

    items: tuple[RuleSetVersion, ...]


def _within(value: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    """The lists and objects that one holds."""
    inner = value.values() if isinstance(value, dict) else value
    return [one for one in inner if isinstance(one, dict | list)]


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    level: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for one in level for inner in _within(one)]
    if level:
        raise ValueError(f"o conteúdo tem mais de {MOST_LEVELS} níveis")
    return value


Shallow = Annotated[dict[str, Any], AfterValidator(_shallow)]
"""An object of any members; one too deep to be written as JSON again is refused."""


ContentHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DraftIn(Message):
    """A draft: the whole content and its own test cases."""

    content: Shallow
    cases: tuple[Shallow, ...] = Field(default=(), max_length=500)
    seen: ContentHash | None = None
    """Content hash of the version that was changed; 409 when another stands by now."""


class PublicationIn(Message):
    """Publish the draft whose content was read; 409 when it is another by now."""

    content_hash: ContentHash


class CellError(Message):
    """One cell that cannot stand, one overlap, or one test case that fails."""

    where: str
    reason: str
    at: str = ""
    """Path of the cell in the draft, such as `rows.3.cid` or `cases.2`, where there is one."""


class Verdict(Message):
    """Whether a draft could be published now."""

    publishable: bool
    errors: tuple[CellError, ...]


class Simulation(Message):
    """What the draft would have changed over past declarations; by count and by declaration.

    Which ones is told to a clinical purpose only: a change tells of a disease. To others `changed`
    is None where it is fewer than the figures tell of, and not none. `skipped` could not be read
    any more: their people were erased.
    """

    examined: int
    changed: int | None
    declarations: tuple[str, ...]
    skipped: int = 0


class DiffLine(Message):
    """One difference between two versions."""

    path: str
    before: Any
    after: Any


class Diff(Message):
    """What a version changed against the one in force before it."""

    name: RuleSetName
    before: int
    after: int
    lines: tuple[DiffLine, ...]
    approver: str | None


class NoticeVersionIn(Message):
    """A draft of a text that proponents read; written again, it replaces the former draft."""

    kind: TextKind
    version: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=3, max_length=200)
    text: str = Field(min_length=20, max_length=40_000)
    seen: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] | None = None
    """Content hash of the draft that was changed, blank for one that was begun; 409 when another
    stands by now."""


class NoticeVersion(Message):
    """A version of a text; proponents read it once a second person published it."""

    kind: TextKind
    version: str
    title: str
    text: str
    status: Literal["draft", "published"]
    author: str
    writers: tuple[str, ...] = ()
    approver: str | None
    created_at: datetime
    published_at: datetime | None
    content_hash: str


class NoticeVersions(Message):
    """Every version of every text the tenant wrote, newest first."""

    items: tuple[NoticeVersion, ...]


class NoticePublicationIn(PublicationIn):
    """Put in force the draft of a text whose content was read."""

    kind: TextKind
    version: str = Field(min_length=1, max_length=40)


class PartnerKeyIn(Message):
    """The public key (JWK) of the partner that reads `erp.cpt`."""

    jwk: Shallow


class PartnerKey(Message):
    """The key registered for a partner, by its thumbprint."""

    name: str
    thumbprint: str
    registered_at: datetime


PartnerName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
ErpStatus = Literal["reported", "applied", "refused", "no_partner_key"]


class PartnerKeys(Message):
    """Every key registered by the tenant."""

    items: tuple[PartnerKey, ...]


class ErpPending(Message):
    """A CPT whose newest revision the ERP has not applied, or that could not be read."""

    cpt_id: str
    revision: int
    erp_status: ErpStatus
    erp_reason: str | None = None
    """In the ERP's words; only for whoever may read the CPT itself."""
    reported_at: datetime | None
    report_due_at: datetime | None = None
    """When it is reported again; None where it is left to a person."""
    stuck: str | None = None
    """Kind of error for which it was set aside: it neither ends nor is reported until freed."""


class ErpBacklog(Message):
    """What the ERP still owes an answer, the oldest first."""

    items: tuple[ErpPending, ...]
