"""The little this service remembers of people, from the registry's facts."""

from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased, PersonRecorded
from kit.db import Transaction
from services.health_declaration.models import KnownPerson


async def remember(tx: Transaction, person: PersonRecorded) -> None:
    """Keeps the newest revision of a person's identity, sealed."""
    identity = {
        "name": person.social_name or person.full_name,
        "birth_on": person.birth_on.isoformat(),
        "cpf": person.cpf,
    }
    known = await _known(tx, person.person_id)
    if known is None:
        sealed = await tx.seal(person.person_id, identity)
        tx.session.add(
            KnownPerson(
                tenant_id=tx.tenant_id,
                person_id=person.person_id,
                revision=person.revision,
                identity_sealed=sealed,
            )
        )
    elif person.revision > known.revision:
        known.revision = person.revision
        known.identity_sealed = await tx.seal(person.person_id, identity)


async def merge(tx: Transaction, merged: PeopleMerged) -> None:
    """The absorbed record now speaks for the survivor."""
    known = await _known(tx, merged.absorbed_id)
    if known is not None:
        known.merged_into = merged.person_id


async def undo_merge(tx: Transaction, undone: MergeUndone) -> None:
    """Both records stand again."""
    known = await _known(tx, undone.absorbed_id)
    if known is not None:
        known.merged_into = None


async def forget(tx: Transaction, erased: PersonErased) -> None:
    """Nothing of an erased person opens any more; the row goes too."""
    known = await _known(tx, erased.person_id)
    if known is not None:
        await tx.session.delete(known)


async def _known(tx: Transaction, person_id: str) -> KnownPerson | None:
    return await tx.session.get(KnownPerson, (tx.tenant_id, person_id), with_for_update=True)
