"""What a person agrees to, for which purpose, under which text."""

from datetime import datetime

from contracts.health_declaration.events import OwnConsentRecorded
from contracts.registry import api
from contracts.registry.events import ConsentRecorded
from kit.db import Transaction
from services.registry.models import Consent, Person
from services.registry.usecases import history
from services.registry.usecases.ids import new_id
from services.registry.usecases.people import standing


async def record(tx: Transaction, person_id: str, body: api.ConsentIn) -> api.Consent:
    """A consent given or revoked now, by whoever is calling."""
    person = await standing(tx, person_id)
    row = await _kept(tx, person.id, body, tx.now, tx.actor)
    details = {"purpose": body.purpose, "given": body.given}
    await tx.audit("consent.recorded", person.id, details=details)
    return api.Consent.model_validate(row.model_dump())


async def hear(tx: Transaction, said: OwnConsentRecorded) -> None:
    """A consent given or revoked on the person's own pages, at the moment it was said there."""
    person = await tx.session.get(Person, (tx.tenant_id, said.person_id))
    if person is None or person.erased_at is not None:
        return
    body = api.ConsentIn(purpose=said.purpose, text_version=said.text_version, given=said.given)
    await _kept(tx, person.merged_into or person.id, body, said.occurred_at, said.actor)


async def _kept(
    tx: Transaction, person_id: str, body: api.ConsentIn, at: datetime, by: str | None
) -> Consent:
    row = Consent(
        tenant_id=tx.tenant_id,
        id=new_id(),
        person_id=person_id,
        recorded_at=at,
        recorded_by=by or history.OWN,
        **body.model_dump(),
    )
    tx.session.add(row)
    recorded = ConsentRecorded(
        tenant_id=tx.tenant_id, occurred_at=at, person_id=person_id, actor=by, **body.model_dump()
    )
    await history.record(tx, recorded)
    return row
