"""When each stage reminds, escalates or passes, written out day by day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.differences import differences
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.stages import (
    Action,
    Due,
    Terms,
    choice_schedule,
    due_on,
    interview_schedule,
    offering_schedule,
    overtaken,
    sale_ends,
    schedule,
)

ZONE = ZoneInfo("America/Sao_Paulo")
SINCE = datetime(2026, 11, 19, 22, 30, tzinfo=ZONE)
"""A Thursday evening; Friday the 20th is a national holiday."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


ESCALATES = [
    ("2026-11-28 00:00", Action.ESCALATE),
    ("2026-12-01 00:00", Action.ESCALATE),
    ("2026-12-03 00:00", Action.ESCALATE),
]
FILLS = [
    ("2026-11-20 22:30", Action.REMIND),
    ("2026-11-22 22:30", Action.REMIND),
    ("2026-11-24 22:30", Action.REMIND),
    ("2026-12-22 00:00", Action.EXPIRE),
]
ANSWERS = [
    ("2026-11-22 22:30", Action.REMIND),
    ("2026-11-26 22:30", Action.REMIND),
    ("2026-12-01 00:00", Action.REFER),
]
MOMENTS: dict[str, list[tuple[str, Action]]] = {
    "unrepresented": ESCALATES,
    "invited": FILLS,
    "filling": FILLS,
    "analysis": ESCALATES,
    "audit": ESCALATES,
    "negotiation": ESCALATES,
    "documents": [("2026-11-21 22:30", Action.REMIND), ("2026-11-28 00:00", Action.REFER)],
    "exam": [("2026-12-12 00:00", Action.REFER)],
    "interview_to_schedule": [],
    "offer": ANSWERS,
    "term": ANSWERS,
    "released": [
        ("2026-11-25 00:00", Action.ESCALATE),
        ("2026-11-26 00:00", Action.ESCALATE),
        ("2026-11-28 00:00", Action.ESCALATE),
    ],
    "integrated": [],
    "interview_scheduled": [],
}


@pytest.fixture(scope="session")
def terms(rules: RuleSet) -> Terms:
    return Terms(rules, BusinessCalendar(), ZONE)


@pytest.mark.parametrize(("stage", "moments"), MOMENTS.items())
def test_a_stage_falls_due_at_these_moments(
    stage: str, moments: list[tuple[str, Action]], terms: Terms
) -> None:
    expected = tuple(Due(at(moment), action) for moment, action in moments)
    assert schedule(stage, SINCE, terms) == expected


@pytest.mark.parametrize(
    ("now", "skipped"),
    [
        ("2026-11-20 22:29", 0),
        ("2026-11-20 22:30", 0),
        ("2026-11-22 22:30", 1),
        ("2026-11-30 12:00", 2),
        ("2026-12-21 23:59", 2),
        ("2026-12-22 00:00", 3),
    ],
)
def test_a_reminder_that_something_later_overtook_is_skipped(
    now: str, skipped: int, terms: Terms
) -> None:
    assert overtaken(schedule("filling", SINCE, terms), at(now)) == skipped


def test_no_escalation_is_skipped(terms: Terms) -> None:
    assert overtaken(schedule("analysis", SINCE, terms), at("2026-12-31 00:00")) == 0


def test_the_two_terms_of_the_offer_are_two_parameters(rules: RuleSet) -> None:
    answers = rules.offer_terms.model_copy(update={"offer_days": 8, "signature_days": 9})
    work = rules.analysis.model_copy(update={"analysis_business_days": 1, "audit_business_days": 2})
    other = rules.model_copy(update={"offer_terms": answers, "analysis": work})
    changed = Terms(other, BusinessCalendar(), ZONE)
    assert due_on("offer", SINCE, changed) == date(2026, 11, 27)
    assert due_on("term", SINCE, changed) == date(2026, 11, 30)
    assert schedule("analysis", SINCE, changed)[0].at == at("2026-11-24 00:00")
    assert schedule("negotiation", SINCE, changed)[0].at == at("2026-11-24 00:00")
    assert schedule("unrepresented", SINCE, changed)[0].at == at("2026-11-24 00:00")
    assert schedule("audit", SINCE, changed)[0].at == at("2026-11-25 00:00")


@pytest.mark.parametrize(
    ("stage", "day"),
    [
        ("documents", "2026-11-27"),
        ("exam", "2026-12-11"),
        ("offer", "2026-11-30"),
        ("term", "2026-11-30"),
    ],
)
def test_the_person_is_told_the_last_day_of_the_term(stage: str, day: str, terms: Terms) -> None:
    assert due_on(stage, SINCE, terms) == date.fromisoformat(day)


def test_a_term_of_calendar_days_ends_on_a_business_day_unless_the_operator_reads_it_otherwise(
    rules: RuleSet,
) -> None:
    """Ten days after Thursday the 19th is Sunday the 29th; five are Tuesday the 24th."""
    hard = Terms(rules, BusinessCalendar(extends=False), ZONE)
    assert due_on("offer", SINCE, hard) == due_on("term", SINCE, hard) == date(2026, 11, 29)
    assert schedule("filling", SINCE, hard)[-1] == Due(at("2026-12-20 00:00"), Action.EXPIRE)


def test_an_interview_is_reminded_before_and_missed_after_in_business_days(terms: Terms) -> None:
    assert interview_schedule(SINCE, terms) == (
        Due(at("2026-11-17 22:30"), Action.REMIND),
        Due(at("2026-11-24 00:00"), Action.ESCALATE),
        Due(at("2026-11-25 00:00"), Action.ESCALATE),
        Due(at("2026-11-27 00:00"), Action.ESCALATE),
    )


def test_without_a_time_to_offer_the_operator_is_late_in_business_days(terms: Terms) -> None:
    assert offering_schedule(SINCE, terms) == tuple(
        Due(at(moment), Action.ESCALATE)
        for moment in ("2026-11-28 00:00", "2026-12-01 00:00", "2026-12-03 00:00")
    )


def test_the_term_to_choose_is_the_persons(terms: Terms) -> None:
    assert choice_schedule(SINCE, terms) == (
        Due(at("2026-11-21 22:30"), Action.REMIND),
        Due(at("2026-11-25 00:00"), Action.REFER),
    )


def test_the_whole_sale_has_its_business_days(terms: Terms) -> None:
    assert sale_ends(SINCE, terms) == at("2026-12-29 00:00")


def test_the_day_is_that_of_the_place(terms: Terms) -> None:
    """Half past ten in the evening in São Paulo is the next day in London."""
    moment = SINCE.astimezone(ZoneInfo("UTC"))
    assert moment.date() == date(2026, 11, 20)
    assert terms.day_of(moment) == date(2026, 11, 19)
    assert schedule("exam", moment, terms) == schedule("exam", SINCE, terms)


def test_the_leaves_that_differ_are_told_with_their_path() -> None:
    before = {"a": 1, "b": {"c": [1, 2]}, "d": [1], "same": [{"x": 1}]}
    after = {"a": 2, "b": {"c": [1, 3, 4]}, "e": True, "d": [], "same": [{"x": 1}]}
    assert list(differences(before, after)) == [
        ("/a", 1, 2),
        ("/b/c/1", 2, 3),
        ("/b/c/2", None, 4),
        ("/d/0", 1, None),
        ("/e", None, True),
    ]
    assert list(differences({"a": [1]}, {"a": {"b": 1}})) == [("/a", [1], {"b": 1})]
    assert list(differences({1: "x", "b": 2}, {"b": 2})) == [("/1", "x", None)]
    assert list(differences(before, before)) == []
