"""Who is who, as this service remembers it."""

from sqlmodel import col, select

from kit.db import Transaction
from services.health_declaration.models import KnownPerson


async def same_person(tx: Transaction, person_id: str) -> list[str]:
    """Every id under which the person was ever known here."""
    query = select(KnownPerson.person_id, KnownPerson.merged_into).where(
        KnownPerson.tenant_id == tx.tenant_id,
        (col(KnownPerson.person_id) == person_id)
        | (col(KnownPerson.merged_into) == person_id)
        | col(KnownPerson.person_id).in_(
            select(KnownPerson.merged_into).where(
                KnownPerson.tenant_id == tx.tenant_id, KnownPerson.person_id == person_id
            )
        ),
    )
    rows = (await tx.session.execute(query)).all()
    return sorted({person_id, *(row[0] for row in rows), *(row[1] for row in rows if row[1])})
