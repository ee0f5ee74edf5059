"""The committed schemas are what the code says, and a broken promise never passes."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import jsoncompat
import pytest

from contracts import catalog, promises
from contracts.base import Event
from contracts.topics import TOPICS, topic

EVENTS = list(catalog.events())
Change = Callable[[dict[str, Any]], object]


def test_the_committed_files_are_current() -> None:
    assert catalog.stale(catalog.documents(EVENTS)) == [], "run: python -m contracts.catalog"


def test_no_promise_is_broken() -> None:
    assert catalog.broken(EVENTS) == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.type))
def test_every_fact_lies_on_a_registered_topic_and_names_its_version(event: type[Event]) -> None:
    assert topic(event.topic)
    owner, _, rest = event.type.partition(".")
    assert event.topic.startswith(f"{owner}.")
    assert rest.rsplit(".", 1)[1].startswith("v")
    assert event.key_field in event.model_fields


def test_no_two_facts_share_a_type() -> None:
    types = [event.type for event in EVENTS]
    assert len(set(types)) == len(types)


def test_facts_with_sealed_fields_say_whose_key_seals_them() -> None:
    from_json = {event.type: catalog.schema(event)["properties"] for event in EVENTS}
    sealed = [
        name
        for name, fields in from_json.items()
        if any(field.get("x-sensitive") for field in fields.values())
    ]
    assert sealed
    assert all("person_id" in from_json[name] for name in sealed)
    assert all(topic(e.topic).personal_data for e in EVENTS if e.type in sealed)


PROMISED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "contacts": {"type": "array", "items": {"$ref": "#/$defs/Contact"}},
    },
    "required": ["amount"],
    "$defs": {
        "Contact": {
            "type": "object",
            "properties": {"channel": {"enum": ["email", "sms"]}, "value": {"type": "string"}},
            "required": ["channel"],
        }
    },
}
BREAKING: list[tuple[str, Change, list[str]]] = [
    ("removed", lambda s: s["properties"].pop("note"), ["note was removed"]),
    ("changed", lambda s: s["properties"]["amount"].update(type="string"), ["amount changed"]),
    ("required", lambda s: s["required"].append("note"), ["note became required"]),
    (
        "no longer null",
        lambda s: s["properties"]["note"].update(anyOf=[{"type": "string"}]),
        ["note changed"],
    ),
    (
        "removed inside",
        lambda s: s["$defs"]["Contact"]["properties"].pop("value"),
        ["contacts[].value was removed"],
    ),
    (
        "another word",
        lambda s: s["$defs"]["Contact"]["properties"]["channel"]["enum"].append("fax"),
        ["contacts[].channel changed"],
    ),
    (
        "required inside",
        lambda s: s["$defs"]["Contact"]["required"].append("value"),
        ["contacts[].value became required"],
    ),
]
KEPT: list[tuple[str, Change]] = [
    ("added", lambda s: s["properties"].update(extra={"type": "string"})),
    ("explained", lambda s: s["properties"]["amount"].update(description="cents")),
    ("defaulted", lambda s: s["properties"]["note"].update(default="")),
    (
        "added inside",
        lambda s: s["$defs"]["Contact"]["properties"].update(preferred={"type": "boolean"}),
    ),
    ("a field named like a word", lambda s: s["properties"].update(title={"type": "string"})),
]


@pytest.mark.parametrize(
    ("change", "verdict"), [(c, v) for _, c, v in BREAKING], ids=[name for name, *_ in BREAKING]
)
def test_a_breaking_change_is_told_by_field(change: Change, verdict: list[str]) -> None:
    new = copy.deepcopy(PROMISED)
    change(new)
    assert promises.broken_promises(PROMISED, new) == verdict


@pytest.mark.parametrize("change", [c for _, c in KEPT], ids=[name for name, _ in KEPT])
def test_additions_and_texts_keep_the_promise(change: Change) -> None:
    new = copy.deepcopy(PROMISED)
    change(new)
    assert promises.broken_promises(PROMISED, new) == []


@pytest.mark.parametrize(
    "change",
    [c for name, c, _ in BREAKING if "required" in name or "null" in name or name == "changed"],
)
def test_an_independent_checker_agrees_on_what_breaks(change: Change) -> None:
    new = copy.deepcopy(PROMISED)
    change(new)
    assert not jsoncompat.check_compat(json.dumps(PROMISED), json.dumps(new), "both")


class _Fact(Event):
    type: ClassVar[str] = "registry.person.recorded.v1"
    topic: ClassVar[str] = "registry.events"
    person_id: str


def test_planted_fault_a_removed_event_field_turns_the_check_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [event for event in EVENTS if event.type != _Fact.type]
    monkeypatch.setattr(catalog, "events", lambda: iter([*others, _Fact]))
    assert catalog.main(["--check"]) == 1
    assert f"{_Fact.type}: full_name was removed; make a new version instead" in catalog.broken(
        [*others, _Fact]
    )


def test_planted_fault_a_broken_promise_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / f"{_Fact.type}.json").write_text(
        (catalog.SCHEMAS / f"{_Fact.type}.json").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(catalog, "SCHEMAS", tmp_path)
    monkeypatch.setattr(catalog, "ASYNCAPI", tmp_path / "asyncapi.json")
    monkeypatch.setattr(catalog, "events", lambda: iter([_Fact]))
    assert catalog.main([]) == 1
    assert [file.name for file in tmp_path.iterdir()] == [f"{_Fact.type}.json"]


def test_planted_fault_a_removed_event_turns_the_check_red() -> None:
    left = [event for event in EVENTS if event.type != _Fact.type]
    assert any(fault.startswith(f"{_Fact.type} was removed") for fault in catalog.broken(left))


def test_planted_fault_an_edited_schema_file_is_not_current(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = {tmp_path / "a.json": {"type": "object"}}
    catalog.write(wanted)
    monkeypatch.setattr(catalog, "SCHEMAS", tmp_path)
    monkeypatch.setattr(catalog, "EXAMPLES", tmp_path)
    monkeypatch.setattr(catalog, "HERE", tmp_path / "contracts")
    assert catalog.stale(wanted) == []
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    assert catalog.stale(wanted) == ["a.json is not current", "b.json is not current"]


def test_the_asyncapi_document_tells_every_topic_and_every_fact() -> None:
    document = json.loads(catalog.ASYNCAPI.read_text(encoding="utf-8"))
    assert set(document["channels"]) == {topic.name for topic in TOPICS}
    assert set(document["components"]["messages"]) == {event.type for event in EVENTS}
    told = [
        name for channel in document["channels"].values() for name in channel.get("messages", ())
    ]
    assert sorted(told) == sorted(event.type for event in EVENTS)
    for message in document["components"]["messages"].values():
        assert (catalog.SCHEMAS / message["payload"]["$ref"]).exists()
