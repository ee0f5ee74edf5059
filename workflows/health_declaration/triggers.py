"""Which facts start a declaration's process, and which ones reach it while it runs."""

from contracts.base import Event
from contracts.health_declaration.events import (
    AuditReturned,
    DeclarationCancelled,
    DeclarationEvent,
    DeclarationIntegrated,
    DeclarationRectified,
    DeclarationReferred,
    DeclarationReopened,
    DeclarationRequested,
    DeclarationWithdrawn,
    DocumentsReceived,
    DocumentsRequested,
    ExamConcluded,
    ExamRequested,
    InterviewConcluded,
    InterviewMissed,
    InterviewRequested,
    InterviewScheduled,
    OfferAccepted,
    OfferMade,
    OfferRefused,
    OpinionGiven,
    RespondentNamed,
    TermSigned,
)
from workflows.health_declaration.messages import DeclarationProcess, Moved
from workflows.health_declaration.workflow import HealthDeclaration
from workflows.timers import ClockMove
from workflows.triggers import PROCESS_LOGIN, Signal, Signals, Start, Starts

TASK_QUEUE = "health_declaration"


def process_id(tenant_id: int, declaration_id: str) -> str:
    """The id of the process of one declaration."""
    return f"{TASK_QUEUE}/{tenant_id}/{declaration_id}"


def _of(fact: DeclarationEvent) -> str:
    return process_id(fact.tenant_id, fact.declaration_id)


def _start(fact: DeclarationEvent, clock: ClockMove) -> DeclarationProcess:
    return DeclarationProcess(
        tenant_id=fact.tenant_id, declaration_id=fact.declaration_id, clock=clock
    )


def _moved(fact: Event, traceparent: str | None) -> Moved:
    return Moved(
        fact=fact.type,
        traceparent=traceparent,
        ends=isinstance(fact, ENDS),
        reopens=isinstance(fact, DeclarationReopened),
        # Told again late, any other end could be of a case that somebody reopened since.
        concludes=isinstance(fact, DeclarationIntegrated),
    )


def _news(fact: Event) -> bool:
    """What was recorded while a process asked the service, the process knows from the answer."""
    return fact.actor != PROCESS_LOGIN


# Facts that always come with another of the list are not in it: each would cost the process a
# request and a dozen events to learn nothing.
MOVES: tuple[type[Event], ...] = (
    AuditReturned,
    DeclarationCancelled,
    DeclarationIntegrated,
    DeclarationRectified,
    DeclarationReferred,
    DeclarationReopened,
    DeclarationWithdrawn,
    DocumentsReceived,
    DocumentsRequested,
    ExamConcluded,
    ExamRequested,
    InterviewConcluded,
    InterviewMissed,
    InterviewRequested,
    InterviewScheduled,
    OfferAccepted,
    OfferMade,
    OfferRefused,
    OpinionGiven,
    RespondentNamed,
    TermSigned,
)
ENDS = (DeclarationCancelled, DeclarationIntegrated, DeclarationWithdrawn)
STARTS: Starts = {
    DeclarationRequested: Start(HealthDeclaration.run, TASK_QUEUE, _of, _start),
    # The former process ended with the expiry, or is about to: then the signal holds it.
    DeclarationReopened: Start(HealthDeclaration.run, TASK_QUEUE, _of, _start, again=True),
}
SIGNALS: Signals = {fact: Signal(HealthDeclaration.moved, _of, _moved, _news) for fact in MOVES}
