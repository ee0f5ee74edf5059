"""What both sides hold of somebody once all is at rest: identifiers, compared as sets."""

from typing import Any

from deploy.story.life import HD, Life
from tests.support.live import House

STARTED = f"{HD}.cpt.started.v1"
ENDS = ("released", "integrated", "expired", "withdrawn", "cancelled")


def ended(word: str) -> str:
    """The fact that tells this end of a declaration."""
    return f"{HD}.declaration.{word}.v1"


async def erp_rows(house: House, life: Life) -> dict[str, dict[str, Any]]:
    """The ERP's own rows of a person, by CPT."""
    table = await house.staff("motorista", "sandbox").get("/erp/table")
    cpf = life.person.body["cpf"]
    return {row["cpt_id"]: row for row in table["items"] if row["cpf"] == cpf}


def told(house: House, life: Life, kind: str, name: str) -> list[Any]:
    """What facts of one kind about a declaration say, in the order heard."""
    facts = house.world.bus.about(life.declaration_id, f"{HD}.{kind}.v1")
    return [fact.body[name] for fact in facts]


async def holds(house: House, life: Life, *ends: str) -> set[str]:
    """Kafka tells these ends of the declaration, each once, and no other; the desk, Kafka and the
    ERP hold the same CPTs of the person. Their ids."""
    for word in ends:
        await life.soon(life.declaration_id, ended(word))
    await house.settled()
    heard = [fact.type for fact in house.world.bus.about(life.declaration_id)]
    every = {ended(word) for word in ENDS}
    assert [kind for kind in heard if kind in every] == [ended(word) for word in ends]
    page = await house.staff("analista.1").get(f"/cpts?person_id={life.person_id}&limit=200")
    rows = await erp_rows(house, life)
    assert {row["enrolment_ref"] for row in rows.values()} <= {life.ref}
    started = set(told(house, life, "cpt.started", "cpt_id"))
    assert {one["cpt_id"] for one in page["items"]} == started == set(rows)
    return started
