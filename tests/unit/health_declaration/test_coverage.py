"""What a CPT suspends, question by question and edge by edge (domain 1.4)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.values import parse_cid
from services.health_declaration.rules.coverage import (
    CareRequest,
    CoverageDecision,
    CoverageOutcome,
    SignedCpt,
    decide_coverage,
)
from services.health_declaration.rules.cpt import CptTable, propose
from services.health_declaration.rules.official import RolRow
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.reasons import Reason
from services.health_declaration.rules.tables import FamilyDocument, FamilyIndex
from tests.unit.health_declaration.probes import (
    ABDOMEN_CT,
    ANGIOPLASTY,
    BED,
    BLADDER_BODY,
    CONSULTATION,
    KNEE,
    PROBES,
    STONE,
    UNLISTED,
    VITRECTOMY,
)

VERSION = "parameters@1,questionnaire@1,cpt_table@2,families@3"
JOINED, ENDS, DURING = date(2026, 12, 1), date(2028, 12, 1), date(2027, 6, 1)
OUTCOMES = {
    "S": CoverageOutcome.SUSPENDED,
    "A": CoverageOutcome.MEDICAL_AUDITOR,
    "N": CoverageOutcome.NOT_SUSPENDED,
}
CASES = [
    (disease, cid, item, expected)
    for disease, probes in PROBES.items()
    for cid, item, expected in probes
]


def cpt(index: FamilyIndex, cid_range: str, *families: str, name: str = "cpt-1") -> SignedCpt:
    return SignedCpt(name, (cid_range,), frozenset(families), JOINED, ENDS, index, VERSION)


def ask(rules: RuleSet, cpts: list[SignedCpt], **request: Any) -> CoverageDecision:
    asked = {"on": DURING, **request}
    return decide_coverage(CareRequest(**asked), cpts, rules)


@pytest.fixture(scope="session")
def sign(rules: RuleSet, table: CptTable, index: FamilyIndex) -> Callable[[str, str], SignedCpt]:
    def signed(question: str, cid: str) -> SignedCpt:
        (item,) = propose({question: [cid]}, table, JOINED, rules.cpt_limit, 1).items
        return SignedCpt(
            "cpt-1", (item.cid_range,), item.families, item.starts_on, item.ends_on, index, VERSION
        )

    return signed


@pytest.fixture(scope="session")
def heart(index: FamilyIndex) -> SignedCpt:
    return cpt(index, "I20-I25", "HEMO", "IMG", "CIR_CARDIO", "UTI")


@pytest.fixture(scope="session")
def kidney(index: FamilyIndex) -> SignedCpt:
    return cpt(index, "N20-N23", "IMG", "CIR_URO", name="cpt-2")


def test_every_question_has_probes() -> None:
    assert {question for question, _ in PROBES} == {f"Q{n:02}" for n in range(1, 37)}
    assert len(CASES) >= 250


@pytest.mark.parametrize(("disease", "cid", "item", "expected"), CASES)
def test_a_confirmed_disease_suspends_only_what_its_row_says(
    disease: tuple[str, str],
    cid: str | None,
    item: str,
    expected: str,
    rules: RuleSet,
    sign: Callable[[str, str], SignedCpt],
) -> None:
    signed = sign(*disease)
    request = CareRequest(
        on=DURING,
        tuss=None if item == BED else item,
        high_technology_bed=item == BED,
        cids=() if cid is None else (parse_cid(cid),),
    )
    decision = decide_coverage(request, [signed], rules)
    assert decision.outcome is OUTCOMES[expected]
    assert decision.cpt_ids == (() if expected == "N" else ("cpt-1",))
    assert not decision.care_must_not_wait


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (JOINED - timedelta(days=1), "N"),
        (JOINED, "S"),
        (ENDS - timedelta(days=1), "S"),
        (ENDS, "N"),
        (ENDS + timedelta(days=1), "N"),
    ],
)
def test_the_restriction_begins_on_joining_and_ends_the_day_before_its_end(
    on: date, expected: str, rules: RuleSet, heart: SignedCpt
) -> None:
    decision = ask(rules, [heart], on=on, tuss=ANGIOPLASTY, cids=("I214",))
    assert decision.outcome is OUTCOMES[expected]


def test_a_suspension_is_written_with_clause_and_norm(rules: RuleSet, heart: SignedCpt) -> None:
    decision = ask(rules, [heart], tuss=ANGIOPLASTY, cids=("I214",))
    (match,) = decision.matches
    assert (match.cpt, match.direct, match.reason.rule_id) == (heart, True, "DS-002")
    assert match.reason.code == "declared_disease"
    assert match.reason.text == (
        "O pedido é da doença declarada e de procedimento que a CPT suspende."
    )
    assert decision.rule_version == 1
    assert decision.text == (
        "A cobertura deste pedido está suspensa por Cobertura Parcial Temporária (CPT) da "
        "doença declarada (I20-I25). O pedido é da doença declarada e de procedimento que a CPT "
        "suspende. A cobertura passa a ser integral em 01/12/2028. Base: cláusula de Cobertura "
        "Parcial Temporária do contrato; Lei 9.656/1998, art. 11, e Resolução Normativa ANS "
        "558/2022. Consultas, exames e internações que não sejam de alta complexidade, cirurgia "
        "ou leito de alta tecnologia continuam cobertos. Referência: CPT cpt-1, regras "
        f"{VERSION}."
    )


def test_urgent_care_is_never_suspended_and_never_waits(rules: RuleSet, heart: SignedCpt) -> None:
    decision = ask(rules, [heart], tuss=ANGIOPLASTY, cids=("I214",), urgent=True)
    assert decision.outcome is CoverageOutcome.MEDICAL_AUDITOR
    assert decision.care_must_not_wait
    assert decision.cpt_ids == ("cpt-1",)
    assert decision.text == (
        "Um médico auditor vai verificar se este pedido tem relação com a doença declarada "
        "(I20-I25) na sua Cobertura Parcial Temporária (CPT). O pedido é da doença declarada e "
        "de procedimento que a CPT suspende. O atendimento de urgência não espera por esta "
        f"resposta. Referência: CPT cpt-1, regras {VERSION}."
    )


def test_an_urgent_question_does_not_wait_either(rules: RuleSet, heart: SignedCpt) -> None:
    decision = ask(rules, [heart], high_technology_bed=True, urgent=True)
    assert decision.outcome is CoverageOutcome.MEDICAL_AUDITOR
    assert decision.care_must_not_wait


def test_urgent_care_outside_the_disease_is_not_suspended(rules: RuleSet, heart: SignedCpt) -> None:
    decision = ask(rules, [heart], tuss=ANGIOPLASTY, cids=("J189",), urgent=True)
    assert decision.outcome is CoverageOutcome.NOT_SUSPENDED
    assert not decision.care_must_not_wait
    assert decision.matches == ()
    assert decision.text == (
        "Não há suspensão por Cobertura Parcial Temporária (CPT) para este pedido."
    )


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (
            {"tuss": KNEE, "cids": ("I214",)},
            "outside_families",
            "O pedido é da doença declarada, mas o procedimento não está na CPT.",
        ),
        (
            {"tuss": ANGIOPLASTY, "cids": ("R074",)},
            "vague_cid",
            "O pedido não diz a doença e o procedimento está na CPT.",
        ),
    ],
)
def test_a_question_for_the_auditor_tells_why(
    request_: dict[str, Any], code: str, text: str, rules: RuleSet, heart: SignedCpt
) -> None:
    decision = ask(rules, [heart], **request_)
    assert decision.outcome is CoverageOutcome.MEDICAL_AUDITOR
    (match,) = decision.matches
    assert (match.direct, match.reason.code, match.reason.text) == (False, code, text)
    assert match.reason.rule_id == "DS-002"
    assert not decision.care_must_not_wait
    assert decision.text == (
        "Um médico auditor vai verificar se este pedido tem relação com a doença declarada "
        f"(I20-I25) na sua Cobertura Parcial Temporária (CPT). {text} Referência: CPT cpt-1, "
        f"regras {VERSION}."
    )


def test_a_code_with_rows_that_disagree_is_a_question(rules: RuleSet, kidney: SignedCpt) -> None:
    decision = ask(rules, [kidney], tuss=BLADDER_BODY, cids=("N200",))
    assert decision.matches[0].reason.code == "uncertain_procedure"
    assert decision.matches[0].reason.text == (
        "O procedimento nem sempre é de alta complexidade ou cirurgia."
    )
    vague = ask(rules, [kidney], tuss=BLADDER_BODY, cids=())
    assert vague.outcome is CoverageOutcome.MEDICAL_AUDITOR
    assert vague.matches[0].reason.code == "vague_cid"


def reading(rules: RuleSet, **changes: Any) -> RuleSet:
    """The rules with another reading of the CIDs of a request (POL-007)."""
    read = rules.requested_cids.model_copy(update=changes)
    return rules.model_copy(update={"requested_cids": read})


def test_another_disease_on_the_request_frees_nothing_unless_the_operator_says_so(
    rules: RuleSet, heart: SignedCpt
) -> None:
    asked: dict[str, Any] = {"tuss": ANGIOPLASTY, "cids": ("I214", "S720")}
    assert ask(rules, [heart], **asked).outcome is CoverageOutcome.SUSPENDED
    decision = ask(reading(rules, mixed_to_auditor=True), [heart], **asked)
    assert decision.outcome is CoverageOutcome.MEDICAL_AUDITOR
    (match,) = decision.matches
    assert not match.direct
    assert match.reason == Reason(
        "POL-007",
        "mixed_cids",
        "O pedido traz também outra doença: a relação pode não ser exclusiva.",
    )


@pytest.mark.parametrize(
    ("cid", "vague"),
    [("Q99", False), ("R00", True), ("R99", True), ("Y99", False), ("Z00", True), ("Z99", True)],
)
def test_which_cids_name_no_disease_is_a_parameter(
    cid: str, vague: bool, rules: RuleSet, heart: SignedCpt
) -> None:
    free, auditor = CoverageOutcome.NOT_SUSPENDED, CoverageOutcome.MEDICAL_AUDITOR
    asked: dict[str, Any] = {"tuss": ANGIOPLASTY, "cids": (cid,)}
    assert ask(rules, [heart], **asked).outcome is (auditor if vague else free)
    other = reading(rules, vague=("Q99", "Y99"))
    assert ask(other, [heart], **asked).outcome is (free if vague else auditor)
    assert ask(reading(rules, vague=()), [heart], tuss=ANGIOPLASTY).outcome is auditor


def test_a_second_cid_that_is_vague_or_declared_too_changes_nothing(
    rules: RuleSet, heart: SignedCpt, kidney: SignedCpt
) -> None:
    rules = reading(rules, mixed_to_auditor=True)
    for second in ("R074", "Z951", "I251"):
        decision = ask(rules, [heart], tuss=ANGIOPLASTY, cids=("I214", second))
        assert decision.outcome is CoverageOutcome.SUSPENDED
    both = ask(rules, [heart, kidney], tuss=ANGIOPLASTY, cids=("I214", "N200"))
    assert both.outcome is CoverageOutcome.SUSPENDED


def test_a_vague_cid_beside_a_clear_one_outside_the_disease_is_not_vague(
    rules: RuleSet, heart: SignedCpt
) -> None:
    decision = ask(rules, [heart], tuss=ANGIOPLASTY, cids=("R074", "J189"))
    assert decision.outcome is CoverageOutcome.NOT_SUSPENDED


def test_the_procedure_and_the_bed_are_asked_apart(rules: RuleSet, kidney: SignedCpt) -> None:
    """The bed is no family of this CPT, and the consultation is never restrictable."""
    decision = ask(rules, [kidney], tuss=CONSULTATION, high_technology_bed=True, cids=("N200",))
    assert [match.reason.code for match in decision.matches] == ["outside_families"]
    assert ask(rules, [kidney], tuss=CONSULTATION, cids=("N200",)).matches == ()
    with_stone = ask(rules, [kidney], tuss=STONE, high_technology_bed=True, cids=("N200",))
    assert with_stone.outcome is CoverageOutcome.SUSPENDED
    assert len(with_stone.matches) == 1


def test_a_bed_is_suspended_without_any_procedure(rules: RuleSet, heart: SignedCpt) -> None:
    decision = ask(rules, [heart], high_technology_bed=True, cids=("I214",))
    assert decision.outcome is CoverageOutcome.SUSPENDED


def test_only_the_cpts_that_match_directly_are_named_in_a_suspension(
    rules: RuleSet, heart: SignedCpt, kidney: SignedCpt
) -> None:
    decision = ask(rules, [kidney, heart], tuss=ANGIOPLASTY, cids=("I214", "N200"))
    assert decision.outcome is CoverageOutcome.SUSPENDED
    assert decision.cpt_ids == ("cpt-1",)
    urgent = ask(rules, [kidney, heart], tuss=ANGIOPLASTY, cids=("I214", "N200"), urgent=True)
    assert urgent.cpt_ids == ("cpt-2", "cpt-1")


def test_diseases_and_the_last_end_of_several_cpts_are_told_once(
    rules: RuleSet, index: FamilyIndex
) -> None:
    first = SignedCpt(
        "a", ("E10-E14",), frozenset({"CIR_OFT"}), JOINED, date(2028, 1, 2), index, "1"
    )
    second = SignedCpt("a", ("H360",), frozenset({"CIR_OFT"}), JOINED, date(2028, 3, 4), index, "2")
    decision = ask(rules, [first, second], tuss=VITRECTOMY, cids=("E113", "H360"))
    assert decision.cpt_ids == ("a",)
    assert len(decision.matches) == 2
    assert "(E10-E14, H36.0)" in decision.text
    assert decision.text.count("O pedido é da doença declarada") == 1
    assert decision.text.endswith("Referência: CPT a, regras 1; CPT a, regras 2.")
    assert "em 04/03/2028" in decision.text


def test_no_cpt_and_an_unlisted_code_suspend_nothing(rules: RuleSet, heart: SignedCpt) -> None:
    assert ask(rules, [], tuss=ANGIOPLASTY, cids=("I214",)).matches == ()
    assert ask(rules, [heart], tuss=UNLISTED, cids=("I214",)).matches == ()
    assert ask(rules, [heart], tuss=UNLISTED, urgent=True).matches == ()


def test_a_newer_rol_does_not_change_a_signed_cpt(
    rules: RuleSet, heart: SignedCpt, families: FamilyDocument, rol: tuple[RolRow, ...]
) -> None:
    """The new table forgets tomography: only CPTs signed under it are freed."""
    newer = FamilyIndex("2027-01", [row for row in rol if row.tuss != ABDOMEN_CT], families)
    fresh = cpt(newer, "I20-I25", "IMG", name="cpt-3")
    decision = ask(rules, [heart, fresh], tuss=ABDOMEN_CT, cids=("I214",))
    assert decision.outcome is CoverageOutcome.SUSPENDED
    assert decision.cpt_ids == ("cpt-1",)
    assert ask(rules, [fresh], tuss=ABDOMEN_CT, cids=("I214",)).matches == ()
