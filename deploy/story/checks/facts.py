"""Facts: recorded, published, heard by the story's own consumer and done by each inbox, by id."""

from collections.abc import Callable

import asyncpg

from contracts.topics import TOPICS, external, id_of_external
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

OUTBOX = "select id, topic from outbox where tenant_id = $1"
INBOX = "select event_id from inbox where event_id = any($1)"
REGISTRY_OF = ("health_declaration.", "contact.", "worklist.")
TASKS = "health_declaration.task."
HEARD_BY_DECLARATIONS = (
    "registry.person.recorded.v1",
    "registry.beneficiary.enrolled.v1",
    "registry.enrolment.changed.v1",
    "registry.enrolment.ended.v1",
    "erp.cpt.acknowledged.v1",
)


def _registry(kind: str) -> bool:
    """The registry keeps the history of people: all that names one, and what the ERP sends."""
    about_nobody = kind == "health_declaration.rule_set.published.v1" or (
        kind.startswith(TASKS) and kind != f"{TASKS}wanted.v1"
    )
    about_somebody = kind.startswith(REGISTRY_OF) and not about_nobody
    return kind == "erp.enrolment.reported.v1" or about_somebody


DONE_BY: dict[str, Callable[[str], bool]] = {
    "registry": _registry,
    "health_declaration": lambda kind: kind in HEARD_BY_DECLARATIONS,
    "contact": lambda kind: (
        kind
        in (
            "health_declaration.contact.requested.v1",
            "registry.person.recorded.v1",
        )
    ),
    "worklist": lambda kind: kind.startswith(TASKS),
}


async def check(world: World, seen: Seen, report: Report) -> None:
    """Sets of ids, never counts."""
    await _published(world, seen, report)
    for service, does in DONE_BY.items():
        wanted = [_known_as(world, *fact[:2]) for fact in seen.facts if does(fact[2])]
        url = str(world.stack.told["postgres"][service]["owner"])
        done = {row["event_id"] for row in await _rows(url, INBOX, wanted)}
        report.check(
            f"{service} fez cada fato que lhe cabe, uma vez", set(wanted) - done, f"{len(wanted)}"
        )


def _known_as(world: World, fact_id: str, topic: str) -> str:
    """What the ERP says is known inside by an id of its own."""
    return id_of_external(world.batch.tenant, topic, fact_id) if external(topic) else fact_id


async def _published(world: World, seen: Seen, report: Report) -> None:
    owned = {topic.name: topic.owner for topic in TOPICS if topic.owner != "external"}
    recorded: dict[str, str] = {}
    for service in sorted(set(owned.values())):
        rows = await _rows(world.stack.database(service), OUTBOX, world.batch.tenant)
        recorded |= {row["id"]: row["topic"] for row in rows}
    heard = {fact_id: topic for fact_id, topic, _ in seen.facts if topic in owned}
    told = f"{len(recorded)} gravados, {len(heard)} ouvidos, {seen.doubled} entregas repetidas"
    compare(recorded, heard, told, report)
    external = {fact_id for fact_id, topic, _ in seen.facts if topic == "erp.enrolments"}
    report.check("linhas enviadas pelo ERP = mensagens no Kafka", external ^ set(seen.sent))


def compare(recorded: dict[str, str], heard: dict[str, str], told: str, report: Report) -> None:
    """Every recorded id was heard on its topic, and none that was not recorded."""
    differing = set(recorded.items()) ^ set(heard.items())
    report.check("fatos gravados = mensagens no Kafka", differing, told)


async def _rows(url: str, query: str, argument: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query, argument))
    finally:
        await connection.close()
