"""What the story saw with its own ears, kept so that `verify` can compare again later."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.story.life import ENROLLED, HD, RELEASED, REQUESTED, WAIVED
from deploy.story.tale import Tale
from deploy.story.world import World

ASKED = f"{HD}.contact.requested.v1"
SIGNED = f"{HD}.declaration.signed.v1"

SURCHARGE = f"{HD}.surcharge.agreed.v1"


@dataclass
class Member:
    """One enrolment as the bus told of it."""

    person_id: str
    enrolment_id: str
    declaration_id: str = ""
    rule: str | None = None
    straight: bool | None = None
    channel: str | None = None
    version: int = 1
    surcharge_cents: int | None = None
    ids: list[str] = field(default_factory=list)
    """Declarations requested, and enrolments told: one of each, whatever came twice."""


@dataclass
class Seen:
    """Everything heard, by id."""

    members: dict[str, Member] = field(default_factory=dict)
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, topic and type."""
    sent: list[str] = field(default_factory=list)
    """Ids of what the story itself put on a topic."""
    contacts: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    traces: list[tuple[str, str]] = field(default_factory=list)
    backlog: list[str] = field(default_factory=list)
    doubled: int = 0

    def save(self, folder: Path) -> None:
        """Beside the key."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        (folder / "seen.json").write_text(text, encoding="utf-8")


def load(folder: Path) -> Seen:
    """What the story of that folder saw."""
    raw: dict[str, Any] = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    raw["members"] = {ref: Member(**one) for ref, one in raw["members"].items()}
    for name in ("facts", "bad", "traces"):
        raw[name] = [tuple(one) for one in raw[name]]
    return Seen(**raw)


def seen_by(world: World, tale: Tale) -> Seen:
    """Gathers what the bus told during the telling."""
    facts = world.bus.facts.values()
    by_declaration = _members(world)
    return Seen(
        members=by_declaration,
        facts=[(one.id, one.topic, one.type) for one in facts],
        sent=world.bus.said,
        contacts=[one.body["contact_id"] for one in facts if one.type == ASKED],
        bad=[(one.ref, one.field) for one in tale.bad],
        latencies=_latencies(world),
        traces=world.notes.get("traces", []),
        backlog=world.notes.get("backlog", []),
        doubled=sum(count - 1 for count in world.bus.heard.values()),
    )


def _members(world: World) -> dict[str, Member]:
    members: dict[str, Member] = {}
    by_enrolment: dict[str, Member] = {}
    by_declaration: defaultdict[str, Member] = defaultdict(lambda: Member("", ""))
    for fact in world.bus.facts.values():
        body = fact.body
        if fact.type == ENROLLED:
            member = members.setdefault(
                body["enrolment_ref"], Member(body["person_id"], body["enrolment_id"])
            )
            member.ids.append(body["enrolment_id"])
            by_enrolment[body["enrolment_id"]] = member
    for fact in world.bus.facts.values():
        if fact.type in (REQUESTED, WAIVED):
            member = by_enrolment[fact.body["enrolment_id"]]
            member.rule = fact.body.get("rule_id")
            member.declaration_id = fact.body.get("declaration_id", "")
            member.ids.append(member.declaration_id or "dispensa")
            by_declaration[member.declaration_id] = member
    for fact in world.bus.facts.values():
        _outcome(by_declaration, fact.type, fact.body)
    return members


def _outcome(of: dict[str, Member], kind: str, body: dict[str, Any]) -> None:
    if kind == SIGNED:
        of[body["declaration_id"]].channel = body["channel"]
        of[body["declaration_id"]].version = body["answers_version"]
    elif kind == SURCHARGE:
        of[body["declaration_id"]].surcharge_cents = body["cents_per_month"]
    elif kind == RELEASED:
        of[body["declaration_id"]].straight = body["straight_through"]


def _latencies(world: World) -> list[float]:
    """Seconds from the signature's request to the release as heard on Kafka, where no human was."""
    return [
        world.bus.heard_at[fact.id] - world.signed[fact.body["declaration_id"]]
        for fact in world.bus.facts.values()
        if fact.type == RELEASED
        and fact.body["straight_through"]
        and fact.body["declaration_id"] in world.signed
    ]
