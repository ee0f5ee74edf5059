"""Who is who, as this service remembers it."""

from datetime import date

from sqlalchemy import Integer, String, bindparam
from sqlmodel import col, select

from kit.db import Transaction
from kit.errors import NotFound
from kit.keyring import KeyDestroyed
from services.health_declaration.models import (
    Cpt,
    Declaration,
    KnownPerson,
    MergedPerson,
    Waiver,
)
from services.health_declaration.rules import due as rules

_TENANT, _PERSON = bindparam("tenant", type_=Integer), bindparam("person", type_=String)
# Built once: it is asked at every signature.
_SAME = select(MergedPerson.person_id, MergedPerson.merged_into).where(
    MergedPerson.tenant_id == _TENANT,
    col(MergedPerson.merged_into).is_not(None),
    (col(MergedPerson.person_id) == _PERSON)
    | (col(MergedPerson.merged_into) == _PERSON)
    | col(MergedPerson.merged_into).in_(
        select(MergedPerson.merged_into).where(
            MergedPerson.tenant_id == _TENANT, MergedPerson.person_id == _PERSON
        )
    ),
)


async def birth_on(tx: Transaction, person_id: str) -> date | None:
    """The birth date the registry told; None of somebody unknown or erased."""
    known = await tx.session.get(KnownPerson, (tx.tenant_id, person_id))
    if known is None:
        return None
    try:
        identity = await tx.open(person_id, known.identity_sealed)
    except KeyDestroyed:
        return None
    return date.fromisoformat(identity["birth_on"])


async def signs_alone(tx: Transaction, person_id: str, full_age: int) -> bool:
    """Whether somebody is of full age today."""
    return rules.signs_alone(await birth_on(tx, person_id), tx.today, full_age)


async def expect_known(tx: Transaction, person_id: str) -> None:
    """Somebody the registry told this tenant of: 404 of anybody else, 410 of who was erased.

    Of an erased person the identity is gone; what they left behind tells that they were here.
    """
    if await tx.session.get(KnownPerson, (tx.tenant_id, person_id)) is not None:
        return
    for table in (Declaration, Waiver, Cpt):
        query = select(table.person_id).where(
            table.tenant_id == tx.tenant_id, table.person_id == person_id
        )
        if (await tx.session.execute(query.limit(1))).first() is not None:
            raise KeyDestroyed(person_id)
    raise NotFound()


async def same_person(tx: Transaction, person_id: str) -> list[str]:
    """Every id under which the person was ever known here."""
    of = {"tenant": tx.tenant_id, "person": person_id}
    rows = (await tx.connection.execute(_SAME, of)).all()
    return sorted({person_id, *(row[0] for row in rows), *(row[1] for row in rows if row[1])})
