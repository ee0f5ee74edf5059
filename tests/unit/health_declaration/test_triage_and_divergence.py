"""What sends a signed declaration to a person, and how it differs from earlier ones."""

from datetime import date

from services.health_declaration.rules.divergence import (
    Declared,
    DivergenceKind,
    Snapshot,
    divergences,
)
from services.health_declaration.rules.triage import TriageOutcome, triage

YES, NO = Declared(True), Declared(False)
OLD = Snapshot("d1", date(2020, 1, 2), {"Q01": NO, "Q02": YES, "Q03": NO})
NEW = Snapshot("d2", date(2024, 5, 6), {"Q01": YES, "Q02": NO, "Q03": NO})


def test_nothing_declared_and_no_divergence_is_released_with_no_human() -> None:
    decision = triage([], [], 3)
    assert decision.outcome is TriageOutcome.RELEASE
    assert decision.reasons == ()
    assert decision.rule_version == 3


def test_a_declared_disease_goes_to_analysis_with_its_question() -> None:
    decision = triage(["Q03", "Q10"], [], 1)
    assert decision.outcome is TriageOutcome.ANALYSIS
    assert [(one.rule_id, one.code, one.question) for one in decision.reasons] == [
        ("DS-003", "declared", "Q03"),
        ("DS-003", "declared", "Q10"),
    ]
    assert decision.reasons[0].text == "Doença ou lesão declarada."


def test_a_divergence_alone_goes_to_analysis() -> None:
    found = divergences({"Q01": NO}, [NEW])
    decision = triage([], found, 1)
    assert decision.outcome is TriageOutcome.ANALYSIS
    assert [(one.rule_id, one.code, one.question, one.text) for one in decision.reasons] == [
        (
            "DS-017",
            "divergence",
            "Q01",
            "Divergência com a declaração de 06/05/2024: antes declarada, agora não.",
        )
    ]


def test_a_first_declaration_diverges_from_nothing() -> None:
    assert divergences({"Q01": YES}, []) == ()


def test_each_difference_is_told_once_from_the_latest_that_shows_it() -> None:
    now = {"Q01": NO, "Q02": YES, "Q03": YES, "Q99": YES}
    found = divergences(now, [OLD, NEW])
    assert [(one.question, one.kind, one.declaration_id, one.signed_on) for one in found] == [
        ("Q01", DivergenceKind.YES_TO_NO, "d2", date(2024, 5, 6)),
        ("Q02", DivergenceKind.NO_TO_YES, "d2", date(2024, 5, 6)),
        ("Q03", DivergenceKind.NO_TO_YES, "d2", date(2024, 5, 6)),
    ]
    assert divergences(now, [NEW, OLD]) == found
    assert found[1].text.endswith("06/05/2024: antes não declarada, agora sim.")


def test_an_older_declaration_tells_what_the_latest_does_not() -> None:
    found = divergences({"Q02": NO}, [OLD, NEW])
    assert [(one.question, one.declaration_id) for one in found] == [("Q02", "d1")]


def test_a_question_may_diverge_in_two_ways() -> None:
    cardiac = Snapshot("d3", date(2025, 1, 1), {"Q03": Declared(True, frozenset({"I20"}))})
    found = divergences({"Q03": Declared(True, frozenset({"I21"}))}, [cardiac, OLD])
    assert [one.kind for one in found] == [
        DivergenceKind.CIDS_DIFFER,
        DivergenceKind.NO_TO_YES,
    ]
    assert found[0].text.endswith("01/01/2025: declarada com outros CIDs.")


def test_the_same_cids_or_unknown_ones_do_not_differ() -> None:
    then = Snapshot("d3", date(2025, 1, 1), {"Q03": Declared(True, frozenset({"I20"}))})
    assert divergences({"Q03": Declared(True, frozenset({"I20"}))}, [then]) == ()
    assert divergences({"Q03": YES}, [then]) == ()
    bare = Snapshot("d4", date(2025, 1, 1), {"Q03": YES})
    assert divergences({"Q03": Declared(True, frozenset({"I20"}))}, [bare]) == ()
