"""How a case is told to staff without telling anything clinical."""

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import SQLColumnExpression
from sqlmodel import col

from contracts.health_declaration.desk import UNTOLD, Case, CaseSummary, InterviewSummary
from contracts.health_declaration.stages import COARSE, DUE_TOLD, Stage, coarse
from contracts.permissions import CLINICAL
from kit.db import Transaction
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.rules.stages import waiting_on

HARMLESS = frozenset({"unrepresented", "expired", "withdrawn", "cancelled"})
"""Stages whose cause tells no disease."""
_RELEASED = COARSE["released"]


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
    hidden: dict[str, Any] = {"stage": stage(tx, case), "stage_since": since(tx, case)}
    if not tells_due(tx, case):
        hidden["due_at"] = None
    if case.stage in _RELEASED:
        # What changes after a release is the ERP's answer to a CPT: neither when, nor how often.
        hidden |= {"waiting_on": None, "version": UNTOLD}
    return hidden


def since(tx: Transaction, case: Declaration) -> datetime:
    """Since when the case stands where this caller is told it does."""
    return case.stage_since if has_purpose(tx) else case.coarse_since


def since_column(tx: Transaction) -> SQLColumnExpression[datetime]:
    """The same for a query: an order and a filter tell as much as the field."""
    return col(Declaration.stage_since if has_purpose(tx) else Declaration.coarse_since)


def tells_due(tx: Transaction, case: Declaration) -> bool:
    """Whether this caller may know that a term runs, and what was done in it."""
    return has_purpose(tx) or coarse(case.stage) in DUE_TOLD


def untold_due(tx: Transaction) -> tuple[Stage, ...]:
    """The stages whose terms this caller may not know."""
    if has_purpose(tx):
        return ()
    return tuple(one for one in get_args(Stage) if coarse(one) not in DUE_TOLD)


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
