"""Facts of others and what they mean here."""

from collections.abc import Iterator, Mapping
from types import ModuleType

from contracts.base import Event
from contracts.contact.events import ContactDelivered, ContactFailed, ContactMade
from contracts.erp.events import ErpEnrolmentReported
from contracts.health_declaration import events as declarations
from contracts.health_declaration.events import (
    CptChanged,
    CptEnded,
    CptStarted,
    DeclarationSigned,
    DeclarationWithdrawn,
    OwnConsentRecorded,
)
from contracts.health_declaration.tasks import TaskWanted
from contracts.worklist.events import (
    TaskClaimed,
    TaskEscalated,
    TaskReleased,
    TaskTermChanged,
)
from kit.db import Transaction
from kit.inbox import Handler
from services.registry.settings import RegistrySettings
from services.registry.usecases import consents, history, holds, intake
from services.registry.usecases.enrolments import limits_of


def _about_people(module: ModuleType) -> Iterator[type[Event]]:
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, Event) and "person_id" in kind.model_fields:
            yield from [kind] if hasattr(kind, "type") else []


def _also(handle: Handler) -> Handler:
    async def both(tx: Transaction, event: Event) -> None:
        await history.remember(tx, event)
        await handle(tx, event)

    return both


TOLD: Mapping[type[Event], Handler] = {
    **dict.fromkeys(_about_people(declarations), history.remember),
    ContactMade: history.remember,
    ContactDelivered: history.remember,
    ContactFailed: history.remember,
    TaskWanted: history.remember,
    TaskClaimed: history.remember,
    TaskReleased: history.remember,
    TaskTermChanged: history.remember,
    TaskEscalated: history.remember,
    # The registry records it as a fact of its own, which stands on the timeline.
    OwnConsentRecorded: consents.hear,
    CptStarted: _also(holds.cpt_started),
    CptChanged: _also(holds.cpt_started),
    CptEnded: _also(holds.cpt_ended),
    DeclarationSigned: _also(holds.declaration_signed),
    DeclarationWithdrawn: _also(holds.declaration_withdrawn),
}


def handlers(settings: RegistrySettings) -> Mapping[type[Event], Handler]:
    """What this service does with each fact it reads."""

    limits = limits_of(settings)

    async def take(tx: Transaction, sent: list[intake.Sent]) -> None:
        await intake.take(tx, sent, limits)

    async def on_reported(tx: Transaction, reported: ErpEnrolmentReported) -> None:
        tx.collect(take, intake.opened(reported, settings.erp_private_jwk))

    return {**TOLD, ErpEnrolmentReported: on_reported}
