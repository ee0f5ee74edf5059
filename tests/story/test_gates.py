"""Each check of the story turns red: what was seen is falsified one thing at a time."""

from dataclasses import asdict
from datetime import date

import pytest

from deploy.story import feed
from deploy.story.branches import BRANCHES
from deploy.story.checks import contacts, facts, outcomes
from deploy.story.checks.probes import PROBES
from deploy.story.mailbox import Mail
from deploy.story.people import DEMO, SMALL_STORY, batch
from deploy.story.report import Report
from deploy.story.scripts import SCRIPTS
from deploy.story.seen import Member

TODAY = date(2026, 11, 22)
CPT = {
    "cid_range": "I20-I25",
    "bed": True,
    "starts_on": "2026-11-10",
    "due_on": "2028-11-10",
    "end_reason": "term",
}
HELD = {
    "items": [{"cid_range": "I20-I25"}],
    "starts_on": "2026-11-10",
    "ends_on": "2028-11-10",
    "status": "ended",
    "end_reason": "term",
    "erp_status": "applied",
}
EXPECTED = {
    "outcome": "integrated",
    "straight": False,
    "rule": None,
    "channel": "code",
    "version": 1,
    "cpt": CPT,
    "surcharge_cents": None,
}
MEMBER = {"straight": False, "channel": "code", "version": 1}


def differing(
    stage: str = "integrated",
    member: dict[str, object] | None = None,
    held: dict[str, object] | None = None,
) -> list[str]:
    seen = Member("p", "e", "d", **(MEMBER | (member or {})))  # type: ignore[arg-type]
    return list(outcomes.differences(EXPECTED, seen, {"stage": stage}, [HELD | (held or {})]))


def test_what_came_as_expected_differs_in_nothing() -> None:
    assert differing() == []


@pytest.mark.parametrize(
    ("member", "held", "named"),
    [
        ({"straight": True}, {}, "straight"),
        ({"channel": "paper"}, {}, "channel"),
        ({"version": 2}, {}, "version"),
        ({"surcharge_cents": 4_000}, {}, "surcharge_cents"),
        ({"rule": "DS-009"}, {}, "rule"),
        ({}, {"starts_on": "2026-11-11"}, "início"),
        ({}, {"ends_on": "2028-11-11"}, "fim"),
        ({}, {"status": "in_force"}, "estado"),
        ({}, {"end_reason": "cancelled"}, "motivo"),
        ({}, {"erp_status": "refused"}, "no ERP"),
        ({}, {"items": [{"cid_range": "I20"}]}, "faixa"),
    ],
)
def test_planted_fault_another_outcome_is_named(
    member: dict[str, object], held: dict[str, object], named: str
) -> None:
    assert [line.split(":")[0] for line in differing(member=member, held=held)] == [named]


def test_planted_fault_another_stage_or_a_missing_person_is_named() -> None:
    assert differing("released")
    assert list(outcomes.differences(EXPECTED, None, None, []))


def mail(reference: str) -> Mail:
    return Mail("whatsapp", "5541", reference, "ds_link", None, None, "1000")


def contact(status: str = "delivered", attempt: str | None = "a1") -> dict[str, object]:
    tries = [{"attempt_id": attempt, "status": status}] if attempt else []
    return {"contact_id": "c1", "template": "ds.link", "status": status, "attempts": tries}


@pytest.mark.parametrize(
    ("known", "mails", "asked", "failed"),
    [
        ([contact()], [mail("a1")], ["c1"], 0),
        ([contact()], [mail("a1"), mail("a1")], ["c1"], 1),
        ([contact()], [], ["c1"], 1),
        ([contact()], [mail("a1"), mail("stranger")], ["c1"], 1),
        ([contact()], [mail("a1")], ["c1", "c2"], 1),
        ([contact("unknown")], [mail("a1")], ["c1"], 1),
        ([contact("failed", None)], [], ["c1"], 0),
    ],
)
def test_planted_faults_a_doubled_lost_or_strange_message_is_told(
    known: list[dict[str, object]], mails: list[Mail], asked: list[str], failed: int
) -> None:
    report = Report()
    contacts.compare(known, mails, asked, 1000, report)
    assert len(report.failed) == failed


def test_planted_fault_a_fact_missing_or_invented_is_told() -> None:
    recorded, heard = {"1": "registry.events", "2": "registry.events"}, {"1": "registry.events"}
    for mine, theirs, failed in ((recorded, heard, 1), (heard, recorded, 1), (heard, heard, 0)):
        report = Report()
        facts.compare(mine, theirs, "", report)
        assert len(report.failed) == failed


def test_every_branch_has_its_script_and_five_people() -> None:
    told = batch(7, 1000, TODAY, DEMO)
    count = {branch.name: 0 for branch in BRANCHES}
    for person in told.people:
        count[person.branch] += 1
    assert len(told.people) == 500
    assert min(count.values()) >= 5
    assert {branch.name for branch in BRANCHES if branch.outcome != "none"} == SCRIPTS.keys()
    assert len({person.contract for person in told.people}) == 5
    assert {probe.cid_range for probe in PROBES} <= {
        person.expected.cpt["cid_range"]
        for person in told.people
        if person.expected.cpt and person.expected.cpt["end_reason"] == "term"
    }


def test_the_same_seed_tells_the_same_people() -> None:
    first, second = (batch(7, tenant, TODAY, SMALL_STORY) for tenant in (1000, 1000))
    assert [asdict(one) for one in first.people] == [asdict(one) for one in second.people]


def test_twenty_lines_are_bad_and_every_document_is_its_own() -> None:
    told = batch(3, 1000, TODAY, DEMO)
    assert len({person.body["cpf"] for person in told.people}) == len(told.people)
    bad = feed.spoiled(told, 3)
    assert len(bad) == 20
    assert len(PROBES) == 40
