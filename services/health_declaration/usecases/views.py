"""How a case is told to staff without telling anything clinical."""

from contracts.health_declaration.desk import CaseSummary, InterviewSummary
from services.health_declaration.models import Declaration, Interview


def summary(case: Declaration) -> CaseSummary:
    """One line of the list; also the answer to a decision, with the version to go on from."""
    return CaseSummary.model_validate(case, from_attributes=True)


def interview_summary(interview: Interview) -> InterviewSummary:
    """One interview without its reason and result."""
    return InterviewSummary.model_validate(interview, from_attributes=True)
