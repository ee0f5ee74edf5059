"""Every topic: who owns it, what orders it, how long it is kept, who reads it."""

from uuid import NAMESPACE_URL, uuid5

from contracts.base import Message

DAY = 24
EXTERNAL = "external"


class Topic(Message):
    """One Kafka topic. `retention_hours` of None means compacted: the last fact of a key stays.

    `owner` is the service whose relay writes it, or `external` for a partner.
    `consumers` are the consumer groups that read it, or `external`.
    """

    name: str
    owner: str
    key: str
    partitions: int
    retention_hours: int | None
    personal_data: bool
    consumers: tuple[str, ...]


TOPICS = (
    Topic(
        name="registry.events",
        owner="registry",
        key="person_id or contract_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=True,
        consumers=("health_declaration", "contact"),
    ),
    Topic(
        name="health_declaration.events",
        owner="health_declaration",
        key="declaration_id, cpt_id or person_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=True,
        consumers=("registry", "contact", "worklist", "listener"),
    ),
    Topic(
        name="contact.events",
        owner="contact",
        key="person_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=False,
        consumers=("registry",),
    ),
    Topic(
        name="worklist.events",
        owner="worklist",
        key="subject_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=False,
        consumers=("registry",),
    ),
    Topic(
        name="sandbox.clock",
        owner="sandbox",
        key="tenant_id",
        partitions=1,
        retention_hours=None,
        personal_data=False,
        consumers=("listener", "every service"),
    ),
    Topic(
        name="erp.enrolments",
        owner=EXTERNAL,
        key="enrolment_ref",
        partitions=6,
        retention_hours=2 * DAY,
        personal_data=True,
        consumers=("registry",),
    ),
    Topic(
        name="erp.cpt",
        owner="health_declaration",
        key="cpt_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=True,
        consumers=(EXTERNAL,),
    ),
    Topic(
        name="erp.acks",
        owner=EXTERNAL,
        key="cpt_id",
        partitions=6,
        retention_hours=7 * DAY,
        personal_data=False,
        consumers=("health_declaration",),
    ),
)

COMPACTED = tuple(topic.name for topic in TOPICS if topic.retention_hours is None)


def topic(name: str) -> Topic:
    """The topic of that name; KeyError when there is none."""
    return next(t for t in TOPICS if t.name == name)


def external(name: str) -> bool:
    """Whether a partner writes the topic; False of a topic nobody declared."""
    return any(t.name == name and t.owner == EXTERNAL for t in TOPICS)


def id_of_external(tenant_id: int, name: str, said: str) -> str:
    """The id under which a partner's message is known here; `said` is its `ce_id`, any text.

    Two operators, or two topics, may use the same text: neither can take the other's place.
    """
    return str(uuid5(NAMESPACE_URL, f"{tenant_id}/{name}/{said}"))
