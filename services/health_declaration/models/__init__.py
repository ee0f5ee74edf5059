"""Every table of the service."""

from services.health_declaration.models.access import Challenge, FormSession, Link
from services.health_declaration.models.base import Row, tables
from services.health_declaration.models.declaration import (
    Answer,
    Declaration,
    Document,
    DocumentRequest,
    Exam,
    KnownPerson,
    MergedPerson,
    Protocol,
    Signature,
    Waiver,
)
from services.health_declaration.models.interview import Interview, Slot
from services.health_declaration.models.outcome import Cpt, Offer, Term
from services.health_declaration.models.own import OwnConsent, OwnRequest
from services.health_declaration.models.rules import NoticeRow, Partner, RuleSetRow

__all__ = [
    "Answer",
    "Challenge",
    "Cpt",
    "Declaration",
    "Document",
    "DocumentRequest",
    "Exam",
    "FormSession",
    "Interview",
    "KnownPerson",
    "Link",
    "MergedPerson",
    "NoticeRow",
    "Offer",
    "OwnConsent",
    "OwnRequest",
    "Partner",
    "Protocol",
    "Row",
    "RuleSetRow",
    "Signature",
    "Slot",
    "Term",
    "Waiver",
    "tables",
]
