"""How a case is told to staff without telling anything clinical."""

from typing import Any

from contracts.health_declaration.desk import Case, CaseSummary, InterviewSummary
from contracts.health_declaration.stages import coarse
from contracts.permissions import CLINICAL
from kit.db import Transaction
from services.health_declaration.models import Declaration, Interview

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
    return seen.model_copy(update=_coarse(tx, case))


def _coarse(tx: Transaction, case: Declaration) -> dict[str, Any]:
    """What stands in for the stage and its term where there is no clinical purpose."""
    if has_purpose(tx):
        return {}
    hidden: dict[str, Any] = {"stage": stage(tx, case)}
    if case.stage in TELLING_DUE:
        hidden["due_at"] = None
    return hidden


def plain(tx: Transaction, case: Declaration) -> Case:
    """The case with nothing clinical in it."""
    known = {name: getattr(case, name) for name in Case.model_fields if name != "clinical"}
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
