"""Lines of a partner's feed: what they must say, and in which order they apply."""

from datetime import date
from typing import Any

import pytest

from contracts.registry.api import EnrolmentLine
from services.registry.rules.enrolment import (
    Applied,
    Limits,
    check_line,
    joining_fault,
    lacks_representative,
    order_line,
)

PERSON = {"full_name": "Maria Souza", "birth_on": date(1980, 5, 17), "cpf": "52998224725"}
CONTRACT = {"contract_ref": "C1", "kind": "individual", "signed_on": date(2026, 11, 1), "lives": 1}
COMPANY = {"cnpj": "12ABC34501DE35", "name": "Empresa"}


def line(kind: str = "created", **changes: Any) -> EnrolmentLine:
    enrolment: dict[str, Any] = {
        "enrolment_ref": "E1",
        "contract": CONTRACT,
        "person": PERSON,
        "requested_on": date(2026, 11, 10),
        "joining_on": date(2026, 12, 1),
        **changes,
    }
    return EnrolmentLine.model_validate(
        {
            "source": "erp",
            "sequence": 1,
            "kind": kind,
            "enrolment_ref": "E1",
            "enrolment": enrolment,
        }
    )


def found(checked: EnrolmentLine) -> list[tuple[str, str]]:
    return [(error.field, error.reason) for error in check_line(checked)]


@pytest.mark.parametrize(
    "good",
    [
        line(),
        line("changed"),
        line(role="dependant", holder_ref="E0"),
        line(contract={**CONTRACT, "kind": "company", "company": COMPANY}),
        line(person={**PERSON, "birth_on": date(2026, 11, 10)}, newborn_on=date(2026, 11, 10)),
        line(joining_on=date(1980, 5, 17)),
        line(adopted_on=date(1980, 5, 17)),
        line(adopted_on=date(2026, 11, 10)),
    ],
)
def test_a_good_line_has_no_error(good: EnrolmentLine) -> None:
    assert found(good) == []


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        (
            line(role="dependant"),
            "holder_ref",
            "dependente precisa da referência do titular",
        ),
        (line(holder_ref="E0"), "holder_ref", "titular não tem outro titular"),
        (
            line(role="dependant", holder_ref="E1"),
            "holder_ref",
            "a inscrição não pode ser titular de si mesma",
        ),
        (
            line(contract={**CONTRACT, "kind": "company"}),
            "contract.company",
            "contrato empresarial precisa da empresa",
        ),
        (
            line(contract={**CONTRACT, "kind": "sole_trader"}),
            "contract.company",
            "contrato empresarial precisa da empresa",
        ),
        (
            line(person={**PERSON, "birth_on": date(2026, 11, 11)}),
            "person.birth_on",
            "nascimento depois do pedido de inscrição",
        ),
        (line(joining_on=date(1980, 5, 16)), "joining_on", "ingresso antes do nascimento"),
        (line(newborn_on=date(2026, 11, 9)), "newborn_on", "difere da data de nascimento"),
        (line(adopted_on=date(1980, 5, 16)), "adopted_on", "adoção antes do nascimento"),
        (
            line(adopted_on=date(2026, 11, 11)),
            "adopted_on",
            "adoção depois do pedido de inscrição",
        ),
    ],
)
def test_a_bad_line_names_field_and_reason(bad: EnrolmentLine, field: str, reason: str) -> None:
    assert found(bad) == [(f"enrolment.{field}", reason)]


@pytest.mark.parametrize("kind", ["created", "changed"])
def test_a_beginning_or_a_change_carries_the_whole_enrolment(kind: str) -> None:
    assert found(line(kind).model_copy(update={"enrolment": None})) == [
        ("enrolment", "informe a inscrição completa")
    ]


def test_the_line_and_its_enrolment_speak_of_the_same_reference() -> None:
    assert found(line().model_copy(update={"enrolment_ref": "E2"})) == [
        ("enrolment.enrolment_ref", "a referência da inscrição difere da referência da linha")
    ]


@pytest.mark.parametrize("kind", ["cancelled", "deceased"])
def test_an_end_says_when(kind: str) -> None:
    bare = line(kind).model_copy(update={"enrolment": None})
    assert found(bare) == [("ended_on", "informe a data do encerramento")]
    assert found(bare.model_copy(update={"ended_on": date(2027, 1, 1)})) == []


@pytest.mark.parametrize(
    ("last", "sequence", "digest", "order"),
    [
        (None, 7, "a", "apply"),
        (Applied(3, "a"), 4, "b", "apply"),
        (Applied(3, "a"), 4, "a", "apply"),
        (Applied(3, "a"), 3, "a", "duplicate"),
        (Applied(3, "a"), 3, "b", "conflict"),
        (Applied(3, "a"), 2, "a", "stale"),
        (Applied(3, "a", ended=True), 2, "a", "stale"),
        (Applied(3, "a", ended=True), 3, "a", "duplicate"),
        (Applied(3, "a", ended=True), 4, "b", "ended"),
    ],
)
def test_lines_apply_in_the_order_of_their_source(
    last: Applied | None, sequence: int, digest: str, order: str
) -> None:
    assert order_line(last, sequence, digest) == order


LIMITS = Limits(full_age=18, joining_years_back=5, joining_months_ahead=12)
TODAY, BACK, AHEAD = date(2026, 11, 27), "5 anos antes de hoje", "12 meses depois de hoje"


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (date(2026, 11, 27), None),
        (date(2021, 11, 27), None),
        (date(2021, 11, 26), BACK),
        (date(2016, 12, 1), BACK),
        (date(2027, 11, 27), None),
        (date(2027, 11, 28), AHEAD),
        (date(2062, 12, 1), AHEAD),
    ],
)
def test_a_joining_date_lies_near_today(day: date, fault: str | None) -> None:
    found = joining_fault(day, TODAY, LIMITS)
    assert found == (f"ingresso mais de {fault}" if fault else None)


def test_how_near_is_the_operators_to_say() -> None:
    assert joining_fault(date(2016, 12, 1), TODAY, Limits(18, 10, 12)) is None
    assert joining_fault(date(2027, 2, 28), TODAY, Limits(18, 5, 3)) is not None
    assert joining_fault(date(2027, 2, 27), TODAY, Limits(18, 5, 3)) is None


@pytest.mark.parametrize(
    ("born", "lacks"),
    [(date(2008, 11, 10), False), (date(2008, 11, 11), True), (date(2026, 11, 1), True)],
)
def test_a_minor_on_the_day_of_the_request_needs_a_representative(born: date, lacks: bool) -> None:
    enrolment = line(person=PERSON | {"birth_on": born}).enrolment
    assert enrolment is not None
    assert lacks_representative(enrolment, 18) is lacks
    other = line(person=PERSON | {"birth_on": born}, representative=PERSON).enrolment
    assert other is not None
    assert not lacks_representative(other, 18)
