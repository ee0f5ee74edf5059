"""What a person agrees to, for which purpose, under which text."""

from contracts.registry import api
from contracts.registry.events import ConsentRecorded
from kit.db import Transaction
from services.registry.models import Consent
from services.registry.usecases import history
from services.registry.usecases.ids import new_id
from services.registry.usecases.people import standing


async def record(tx: Transaction, person_id: str, body: api.ConsentIn) -> api.Consent:
    """A consent given or revoked now, by whoever is calling."""
    person = await standing(tx, person_id)
    row = Consent(
        tenant_id=tx.tenant_id,
        id=new_id(),
        person_id=person.id,
        recorded_at=tx.now,
        recorded_by=tx.actor or history.OWN,
        **body.model_dump(),
    )
    tx.session.add(row)
    recorded = ConsentRecorded(
        tenant_id=tx.tenant_id, occurred_at=tx.now, person_id=person.id, **body.model_dump()
    )
    await history.record(tx, recorded)
    details = {"purpose": body.purpose, "given": body.given}
    await tx.audit("consent.recorded", person.id, details=details)
    return api.Consent.model_validate(row.model_dump())
