"""How a case is told to staff without telling anything clinical."""

from typing import Any

from contracts.health_declaration.desk import Case, CaseSummary, InterviewSummary
from contracts.health_declaration.stages import coarse
from contracts.permissions import CLINICAL
from kit.db import Transaction
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.rules.stages import waiting_on

HARMLESS = frozenset({"unrepresented", "expired", "withdrawn", "cancelled"})
"""Stages whose cause tells no disease."""
TELLING_DUE = frozenset({"released"})
"""Stages with a term only where the ERP has a CPT to confirm: that a term runs tells of a CPT."""


def has_purpose(tx: Transaction) -> bool:
    """Whether the caller may be told at which step of the analysis a case stands."""
    return tx.caller is not None and tx.caller.may(CLINICAL)


def stage(tx: Transaction, case: Declaration) -> str:
    """The stage as this caller may know it."""
    return case.stage if has_purpose(tx) else coarse(case.stage)


def summary(tx: Transaction, case: Declaration) -> CaseSummary:
    """One line of the list; also the answer to a decision, with the version to go on from."""
    seen = CaseSummary.model_validate(case, from_attributes=True)
    return seen.model_copy(update=_whom(case) | _coarse(tx, case))


def _coarse(tx: Transaction, case: Declaration) -> dict[str, Any]:
    """What stands in for the stage and its term where there is no clinical purpose."""
    if has_purpose(tx):
        return {}
    hidden: dict[str, Any] = {"stage": stage(tx, case)}
    if not tells_due(tx, case):
        hidden["due_at"] = None
    if coarse(case.stage) == "released":
        hidden["waiting_on"] = None
    return hidden


def tells_due(tx: Transaction, case: Declaration) -> bool:
    """Whether this caller may know that a term runs, and what was done in it."""
    return has_purpose(tx) or case.stage not in TELLING_DUE


def _whom(case: Declaration) -> dict[str, Any]:
    return {"waiting_on": waiting_on(case.stage)}


def plain(tx: Transaction, case: Declaration) -> Case:
    """The case with nothing clinical in it."""
    apart = {"clinical", "waiting_on"}
    known = {name: getattr(case, name) for name in Case.model_fields if name not in apart}
    known |= _whom(case)
    hidden = _coarse(tx, case)
    if hidden:
        hidden |= {"analyst": None, "auditor": None}
    if hidden and case.stage not in HARMLESS:
        hidden["cause"] = None
    return Case.model_validate(known | hidden)


def interview_summary(tx: Transaction, interview: Interview) -> InterviewSummary:
    """One interview without its reason and result; what it is for only to a clinical purpose."""
    seen = InterviewSummary.model_validate(interview, from_attributes=True)
    return seen if has_purpose(tx) else seen.model_copy(update={"purpose": None})
