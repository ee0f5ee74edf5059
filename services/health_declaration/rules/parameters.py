"""The law and the operator's policy as typed parameters of one versioned rule set.

A rule or a parameter that is missing, unknown or of the wrong kind refuses the whole document.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from services.health_declaration.rules.law import (
    Affiliation,
    CompanyWaiver,
    CptLimit,
    CptScope,
    Deadlines,
    ForbiddenSubjects,
    Guidance,
    InterviewTriggers,
    LateOffer,
    Letter,
    NewbornWaiver,
    OfferRule,
    OmissionBlock,
    Portability,
    RiskSelection,
    WeightHeight,
)
from services.health_declaration.rules.policy import (
    Access,
    AnalysisTerms,
    Calendar,
    DeclarationTerm,
    ErpTerms,
    InterviewTerms,
    OfferTerms,
    RequestedCids,
)


class RuleSet(BaseModel):
    """One version of all parameters of the health declaration."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    version: int
    cpt_limit: CptLimit = Field(alias="DS-001")
    cpt_scope: CptScope = Field(alias="DS-002")
    offer: OfferRule = Field(alias="DS-003")
    late_offer: LateOffer = Field(alias="DS-004")
    forbidden: ForbiddenSubjects = Field(alias="DS-005")
    weight_height: WeightHeight = Field(alias="DS-006")
    letter: Letter = Field(alias="DS-007")
    guidance: Guidance = Field(alias="DS-008")
    company: CompanyWaiver = Field(alias="DS-009")
    affiliation: Affiliation = Field(alias="DS-010")
    newborn: NewbornWaiver = Field(alias="DS-011")
    portability: Portability = Field(alias="DS-012")
    omission_block: OmissionBlock = Field(alias="DS-014")
    risk_selection: RiskSelection = Field(alias="DS-015")
    deadlines: Deadlines = Field(alias="DS-016")
    interview: InterviewTriggers = Field(alias="DS-017")
    access: Access = Field(alias="POL-001")
    declaration: DeclarationTerm = Field(alias="POL-002")
    analysis: AnalysisTerms = Field(alias="POL-003")
    interview_terms: InterviewTerms = Field(alias="POL-004")
    offer_terms: OfferTerms = Field(alias="POL-005")
    erp: ErpTerms = Field(alias="POL-006")
    requested_cids: RequestedCids = Field(alias="POL-007")
    calendar: Calendar = Field(alias="CAL-001")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    rule: str
    params: dict[str, object]
    source: str
    confidence: str


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int
    rules: Sequence[_Entry]


def parse_rule_set(document: Mapping[str, object]) -> RuleSet:
    """The rule set of a document `{version, rules: [{id, rule, params, source, confidence}]}`.

    Raises `ValueError` naming each rule and parameter that is missing, unknown, twice or wrong.
    """
    parsed = _Document.model_validate(document)
    twice = [name for name, times in Counter(e.id for e in parsed.rules).items() if times > 1]
    if twice:
        raise ValueError(f"regra repetida no documento: {', '.join(twice)}")
    values: dict[str, object] = {
        entry.id: {**entry.params, **entry.model_dump(include={"rule", "source", "confidence"})}
        for entry in parsed.rules
    }
    return RuleSet.model_validate({"version": parsed.version, **values})
