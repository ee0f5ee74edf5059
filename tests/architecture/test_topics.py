"""Topics, their writers and their readers agree with the registry of topics."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts import catalog
from contracts.base import Event
from contracts.topics import EXTERNAL, TOPICS, Topic

ROOT = Path(__file__).parents[2]
EVERYONE = "every service"
LISTENER = "listener"
STAND_INS = {"sandbox": EXTERNAL}
"""The sandbox plays the partner, so it reads what is meant for the outside."""

Handled = Mapping[str, set[str]]
"""Topics read, by consumer group."""


def services(root: Path = ROOT) -> set[str]:
    return {file.parent.name for file in (root / "services").glob("*/settings.py")}


def handled() -> Handled:
    """What the code really reads: handlers of services and triggers of processes."""
    read = {
        name: topics_handled([ROOT / f"services/{name}/consumers.py"])
        | topics_handled((ROOT / f"services/{name}/consumers").glob("*.py"))
        for name in services()
    }
    triggers = topics_handled((ROOT / "workflows").glob("*/triggers.py"))
    return {name: topics for name, topics in read.items() if topics} | {LISTENER: triggers}


def topics_handled(files: Iterable[Path]) -> set[str]:
    """Topics of the facts that are keys of a dictionary written in one of the files."""
    by_name = {event.__name__: event for event in catalog.events()}
    return {
        by_name[key.id].topic
        for file in files
        if file.exists()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Name) and key.id in by_name
    }


def _topics(events: Iterable[type[Event]]) -> set[str]:
    return {event.topic for event in events}


def unread(topics: Iterable[Topic]) -> list[str]:
    """Topics that nobody is said to read."""
    return [f"{topic.name} has no consumer" for topic in topics if not topic.consumers]


def undeclared(topics: Iterable[Topic], read: Handled) -> list[str]:
    """Groups that read a topic whose entry does not name them."""
    named = {topic.name: {*topic.consumers} for topic in topics}
    return sorted(
        f"{group} reads {name} but is not among its consumers"
        for group, names in read.items()
        for name in names
        if not named.get(name, set()) & {group, EVERYONE, STAND_INS.get(group, group)}
    )


def unkept(topics: Iterable[Topic], read: Handled) -> list[str]:
    """Groups that an entry names although nothing of theirs reads the topic."""
    return sorted(
        f"{topic.name} names {consumer}, which handles nothing of it"
        for topic in topics
        for consumer in topic.consumers
        if consumer in read
        and not read[consumer] & {topic.name}
        and EVERYONE not in topic.consumers
    )


def strangers(topics: Iterable[Topic], known: set[str]) -> list[str]:
    """Owners and consumers that are no service of ours, the listener, or the outside."""
    return sorted(
        f"{topic.name} names {name}, whom nobody knows"
        for topic in topics
        for name in (topic.owner, *topic.consumers)
        if name not in known | {EXTERNAL, LISTENER, EVERYONE}
    )


def without_facts(topics: Iterable[Topic], events: Iterable[type[Event]]) -> list[str]:
    """Topics on which no fact is ever recorded."""
    used = _topics(events)
    return [f"{topic.name} carries no fact" for topic in topics if topic.name not in used]


def test_every_topic_has_a_consumer_or_is_external() -> None:
    assert unread(TOPICS) == []


def test_whoever_handles_a_topic_is_named_by_it() -> None:
    assert undeclared(TOPICS, handled()) == []


def test_whoever_is_named_by_a_topic_handles_it() -> None:
    assert unkept(TOPICS, handled()) == []


def test_owners_and_consumers_exist() -> None:
    assert strangers(TOPICS, services()) == []


def test_every_topic_carries_a_fact() -> None:
    assert without_facts(TOPICS, catalog.events()) == []


def test_handlers_are_found_however_they_are_put_together(tmp_path: Path) -> None:
    file = tmp_path / "consumers.py"
    file.write_text("def h(): return {CptStarted: a, ContactMade: b, other: c}", encoding="utf-8")
    assert topics_handled([file]) == {"health_declaration.events", "contact.events"}


def _topic(**changes: object) -> Topic:
    given = {
        "name": "registry.events",
        "owner": "registry",
        "key": "person_id",
        "partitions": 1,
        "retention_hours": 24,
        "personal_data": False,
        "consumers": ("contact",),
    }
    return Topic.model_validate(given | changes)


def test_planted_fault_a_topic_without_a_consumer_is_told() -> None:
    assert unread([_topic(consumers=())]) == ["registry.events has no consumer"]
    assert unread([_topic(consumers=(EXTERNAL,))]) == []


def test_planted_faults_a_topic_and_its_readers_disagree() -> None:
    topics = [_topic()]
    assert undeclared(topics, {"collections": {"registry.events"}}) == [
        "collections reads registry.events but is not among its consumers"
    ]
    assert undeclared(topics, {"contact": {"erp.cpt"}}) == [
        "contact reads erp.cpt but is not among its consumers"
    ]
    assert unkept(topics, {"contact": {"erp.cpt"}}) == [
        "registry.events names contact, which handles nothing of it"
    ]
    assert strangers(topics, {"registry"}) == ["registry.events names contact, whom nobody knows"]
    assert without_facts(topics, []) == ["registry.events carries no fact"]
