"""What other rules would have made of a past declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.health_declaration.rules.cpt import CptRow, CptTable
from services.health_declaration.rules.interview import InterviewProfile
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.simulation import Effect, Past, Rules
from services.health_declaration.rules.tables import FamilyIndex

JOINED, ENDS = date(2026, 12, 1), date(2028, 12, 1)
ROW = CptRow("Q18", "K40-K46", frozenset({"CIR_GERAL"}), 24)
BED = CptRow("Q34", "F00-F99", frozenset({"UTI"}), 12)
TABLE = CptTable(1, (ROW, BED))


def past(confirmed: Mapping[str, Sequence[str]], *, yes: int | None = None) -> Past:
    """Who had these CIDs confirmed, after so many answers of yes; None: released by itself."""
    profile = None
    if yes is not None:
        profile = InterviewProfile(declared={f"Q{n:02}": "baixo" for n in range(yes)}, age=30)
    return Past(JOINED, confirmed, profile)


def test_the_effect_is_the_interview_and_what_a_cpt_suspends(
    rules: RuleSet, index: FamilyIndex
) -> None:
    sets = Rules(rules, TABLE, index)
    hernia = ("K40-K46", index.suspended_by({"CIR_GERAL"}), False, ENDS)
    bed = ("F00-F99", index.suspended_by({"UTI"}), True, date(2027, 12, 1))
    assert sets.effect(past({"Q18": ["K409"]}, yes=3)) == Effect(True, frozenset({hernia}), ())
    both = sets.effect(past({"Q18": ["K409"], "Q34": ["F321"]}, yes=2))
    assert both == Effect(False, frozenset({hernia, bed}), ())
    assert sets.effect(past({"Q18": ["I21"]})) == Effect(False, frozenset(), (("Q18", "I21"),))
    assert sets.effect(past({})) == Effect(False, frozenset(), ())


CHANGES: dict[str, dict[str, Any]] = {
    "fewer yes": {"yes_count": 2},
    "fewer months": {"months_max": 6},
    "another family": {"row": replace(ROW, families=frozenset({"IMG"}))},
    "a narrower range": {"row": replace(ROW, cid_range="K40")},
    "no row": {"row": None},
    "nothing": {},
}


def changed(rules: RuleSet, index: FamilyIndex, change: dict[str, Any]) -> Rules:
    interview = rules.interview
    limit = rules.cpt_limit
    rules = rules.model_copy(
        update={
            "interview": interview.model_copy(
                update={"yes_count": change.get("yes_count", interview.yes_count)}
            ),
            "cpt_limit": limit.model_copy(
                update={"months_max": change.get("months_max", limit.months_max)}
            ),
        }
    )
    row = change.get("row", ROW)
    return Rules(rules, CptTable(2, (*([row] if row else []), BED)), index)


@pytest.mark.parametrize(
    ("change", "hernia", "two_yes"),
    [
        ("fewer yes", False, True),
        ("fewer months", True, False),
        ("another family", True, False),
        ("a narrower range", True, False),
        ("no row", True, False),
        ("nothing", False, False),
    ],
)
def test_a_declaration_is_changed_by_what_touches_it(
    change: str, hernia: bool, two_yes: bool, rules: RuleSet, index: FamilyIndex
) -> None:
    before, after = Rules(rules, TABLE, index), changed(rules, index, CHANGES[change])
    for one, differs in ((past({"Q18": ["K409"]}), hernia), (past({}, yes=2), two_yes)):
        assert (before.effect(one) != after.effect(one)) is differs


def test_families_that_select_other_procedures_change_what_is_suspended(
    rules: RuleSet, index: FamilyIndex, rol: tuple[Any, ...], families: Any
) -> None:
    fewer = FamilyIndex("2027-01", [row for row in rol if row.group != "PAREDE TORÁCICA"], families)
    before, after = Rules(rules, TABLE, index), Rules(rules, TABLE, fewer)
    assert before.effect(past({"Q18": ["K409"]})) != after.effect(past({"Q18": ["K409"]}))
    assert before.effect(past({"Q34": ["F321"]})) == after.effect(past({"Q34": ["F321"]}))
