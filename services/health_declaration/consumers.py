"""Facts of others that this service acts on."""

from contracts.base import Event
from contracts.erp.events import CptAcknowledged
from contracts.registry.events import (
    BeneficiaryEnrolled,
    ConsentRecorded,
    EnrolmentChanged,
    EnrolmentEnded,
    MergeUndone,
    PeopleMerged,
    PersonErased,
    PersonRecorded,
)
from kit.inbox import Handler
from services.health_declaration.usecases import enrolments, erp, own_data, people, requests

HANDLERS: dict[type[Event], Handler] = {
    PersonRecorded: people.remember,
    PeopleMerged: people.merge,
    MergeUndone: people.undo_merge,
    PersonErased: people.forget,
    ConsentRecorded: own_data.hear,
    BeneficiaryEnrolled: requests.decide,
    EnrolmentChanged: enrolments.change,
    EnrolmentEnded: enrolments.end,
    CptAcknowledged: erp.acknowledge,
}
