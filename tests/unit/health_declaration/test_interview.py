"""Thirty profiles and whether each needs an interview, decided by hand."""

from typing import Any

import pytest

from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.parameters import RuleSet

HIGH = {"Q01": "alto"}
TWO = {"Q07": "baixo", "Q10": "medio"}
THREE = {**TWO, "Q16": "baixo"}


PROFILES: list[tuple[dict[str, Any], list[str]]] = [
    ({"declared": {}, "age": 30}, []),
    ({"declared": {}, "age": 58}, []),
    ({"declared": {}, "age": 59}, []),
    ({"declared": {}, "age": 85}, []),
    ({"declared": {}, "age": 0}, []),
    ({"declared": {}, "age": 30, "divergence": True}, ["divergence"]),
    ({"declared": {}, "age": 30, "guidance_requested": True}, ["guidance_requested"]),
    ({"declared": {}, "age": 30, "inconsistent_text": True}, ["inconsistent_text"]),
    ({"declared": {}, "age": 70, "guidance_requested": True}, ["guidance_requested"]),
    ({"declared": {"Q07": "baixo"}, "age": 30}, []),
    ({"declared": {"Q07": "baixo"}, "age": 58}, []),
    ({"declared": {"Q07": "baixo"}, "age": 59}, ["age"]),
    ({"declared": {"Q07": "baixo"}, "age": 60}, ["age"]),
    ({"declared": {"Q10": "medio"}, "age": 40}, []),
    ({"declared": {"Q10": "medio"}, "age": 91}, ["age"]),
    ({"declared": TWO, "age": 40}, []),
    ({"declared": TWO, "age": 59}, ["age"]),
    ({"declared": TWO, "age": 40, "divergence": True}, ["divergence"]),
    ({"declared": THREE, "age": 40}, ["yes_count"]),
    ({"declared": THREE, "age": 64}, ["yes_count", "age"]),
    ({"declared": {**THREE, "Q20": "baixo"}, "age": 22}, ["yes_count"]),
    ({"declared": HIGH, "age": 25}, ["impact"]),
    ({"declared": HIGH, "age": 59}, ["impact", "age"]),
    ({"declared": {**HIGH, "Q03": "alto"}, "age": 25}, ["impact", "impact"]),
    ({"declared": {**HIGH, **TWO}, "age": 25}, ["impact", "yes_count"]),
    ({"declared": {**HIGH, **TWO}, "age": 77}, ["impact", "yes_count", "age"]),
    ({"declared": HIGH, "age": 25, "divergence": True}, ["impact", "divergence"]),
    (
        {"declared": {"Q34": "medio"}, "age": 33, "inconsistent_text": True},
        ["inconsistent_text"],
    ),
    (
        {"declared": {"Q22": "alto"}, "age": 33, "guidance_requested": True},
        ["impact", "guidance_requested"],
    ),
    (
        {
            "declared": {**HIGH, **THREE},
            "age": 66,
            "divergence": True,
            "guidance_requested": True,
            "inconsistent_text": True,
        },
        [
            "impact",
            "yes_count",
            "age",
            "divergence",
            "guidance_requested",
            "inconsistent_text",
        ],
    ),
]


def test_there_are_thirty_profiles() -> None:
    assert len(PROFILES) == 30


@pytest.mark.parametrize(("profile", "criteria"), PROFILES)
def test_a_profile_needs_an_interview_by_the_criteria_it_meets(
    profile: dict[str, Any], criteria: list[str], rules: RuleSet
) -> None:
    decision = decide_interview(InterviewProfile(**profile), rules.interview, 1)
    assert decision.needed is bool(criteria)
    assert [one.code for one in decision.criteria] == criteria
    assert {one.rule_id for one in decision.criteria} <= {"DS-017"}
    assert decision.rule_version == 1


def test_every_criterion_is_named_in_plain_words(rules: RuleSet) -> None:
    decision = decide_interview(InterviewProfile(**PROFILES[-1][0]), rules.interview, 7)
    assert [(one.text, one.question) for one in decision.criteria] == [
        ("Pergunta de impacto alto.", "Q01"),
        ("3 ou mais respostas SIM.", None),
        ("59 anos ou mais com algum SIM.", None),
        ("Divergência com declaração anterior.", None),
        ("A pessoa pediu orientação.", None),
        ("Texto livre inconsistente com as respostas.", None),
    ]
    assert decision.rule_version == 7


def test_criteria_are_data(rules: RuleSet) -> None:
    off = rules.interview.model_copy(
        update={
            "impacts": frozenset({"baixo"}),
            "divergence": False,
            "guidance_requested": False,
            "inconsistent_text": False,
            "yes_count": 9,
            "age": 90,
        }
    )
    assert not decide_interview(
        InterviewProfile(
            declared={**HIGH, "Q10": "medio"},
            age=89,
            divergence=True,
            guidance_requested=True,
            inconsistent_text=True,
        ),
        off,
        1,
    ).needed
    assert decide_interview(InterviewProfile(declared=TWO, age=20), off, 1).needed
