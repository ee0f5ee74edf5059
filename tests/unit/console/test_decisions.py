"""Decisions as forms: which are shown, what is sent, what is kept, where an error stands."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.health_declaration.desk import Case, Clinical, ExamAsked
from contracts.permissions import ROLES
from services.console.rules.decisions import (
    BY_SLUG,
    DECISIONS,
    body_of,
    by_field,
    kept_of,
    offered,
    unconfirmed,
)

AT = datetime(2026, 11, 27, tzinfo=UTC)
CLINICAL: dict[str, Any] = {
    "declared": (),
    "divergences": (),
    "triage": (),
    "interview_needed": False,
    "interview_criteria": (),
    "opinion": None,
    "confirmed": (),
    "interviews": (),
    "audit_notes": (),
    "exam_results": (),
}


def case(stage: str, **changes: Any) -> Case:
    usual: dict[str, Any] = {
        "declaration_id": "d",
        "person_id": "p",
        "enrolment_id": "e",
        "stage": stage,
        "stage_since": AT,
        "due_at": None,
        "version": 3,
        "joining_on": date(2026, 12, 1),
        "protocol": None,
        "answers_version": 1,
        "rules_version": "1",
        "analyst": None,
        "auditor": None,
        "cause": None,
        "guidance": None,
    }
    return Case.model_validate(usual | changes)


def slugs(shown: Case, role: str) -> list[str]:
    return [decision.slug for decision in offered(shown, ROLES[role].__contains__)]


def exam(concluded: datetime | None) -> Clinical:
    asked = ExamAsked(
        exam_id="x",
        description="Raio X",
        due_on=date(2026, 12, 1),
        requested_by="ana",
        requested_at=AT,
        result=None,
        concluded_at=concluded,
    )
    return Clinical.model_validate(CLINICAL | {"exams": (asked,)})


@pytest.mark.parametrize(
    ("shown", "role", "expected"),
    [
        (case("analysis"), "analyst", ["documentos", "entrevista", "pericia", "parecer"]),
        (case("analysis"), "auditor", []),
        (case("documents"), "analyst", []),
        (case("exam", clinical=exam(None)), "analyst", ["resultado"]),
        (case("exam", clinical=exam(AT)), "analyst", []),
        (case("audit"), "auditor", ["auditoria"]),
        (case("audit"), "analyst", []),
        (case("negotiation"), "analyst", ["negociacao"]),
        (case("released"), "auditor", []),
        (case("released", enrolment_notice="waived"), "auditor", ["levantar-cpt"]),
        (case("in_review"), "analyst", []),
    ],
)
def test_a_stage_shows_the_forms_worth_showing_to_a_role(
    shown: Case, role: str, expected: list[str]
) -> None:
    assert slugs(shown, role) == expected


def test_every_decision_is_granted_to_somebody_and_asks_what_its_contract_takes() -> None:
    granted = frozenset[str]().union(*ROLES.values())
    for decision in DECISIONS:
        assert decision.permission in granted
        asked = {field.name for field in decision.fields if field.kind != "confirm"}
        assert asked <= decision.body.model_fields.keys(), decision.slug


def test_lines_become_a_list_and_blanks_are_left_out() -> None:
    typed = {"version": "4", "items": "laudo\r\n\r\n  exame de sangue \r\n"}
    body = body_of(BY_SLUG["documentos"], typed)
    assert body == {"version": "4", "items": ["laudo", "exame de sangue"]}
    assert body_of(BY_SLUG["documentos"], {"version": "4", "items": " \n"}) == {"version": "4"}


def test_codes_of_each_question_become_pairs() -> None:
    typed = {
        "version": "4",
        "conclusion": "preexisting",
        "cid.q1": "E11, e10;I10",
        "cid.q2": " ",
        "text": " Doença conhecida. ",
        "by": "ana",
        "key": "k",
    }
    assert body_of(BY_SLUG["parecer"], typed) == {
        "version": "4",
        "conclusion": "preexisting",
        "confirmed": [
            {"question_id": "q1", "cid": "E11"},
            {"question_id": "q1", "cid": "e10"},
            {"question_id": "q1", "cid": "I10"},
        ],
        "text": "Doença conhecida.",
    }


def test_a_draft_keeps_what_was_filled_in_and_nothing_that_the_form_brought() -> None:
    typed = {"version": "4", "by": "ana", "key": "k", "notes": "Meio texto", "sure": "sim"}
    typed |= {"decision": "offer", "cid.q1": "E11", "cid.q2": "", "stranger": "x"}
    assert kept_of(BY_SLUG["auditoria"], typed) == {
        "notes": "Meio texto",
        "decision": "offer",
        "cid.q1": "E11",
    }


def test_what_cannot_be_undone_asks_to_be_confirmed() -> None:
    assert unconfirmed(BY_SLUG["auditoria"], {}) == {"sure": "Marque para confirmar."}
    assert unconfirmed(BY_SLUG["auditoria"], {"sure": "sim"}) == {}
    assert unconfirmed(BY_SLUG["parecer"], {}) == {}


def test_an_error_stands_at_its_field_or_at_the_form() -> None:
    errors = [
        {"field": "confirmed.0.cid", "reason": "CID inválido"},
        {"field": "confirmed.1.cid", "reason": "outro"},
        {"field": "version", "reason": "campo obrigatório"},
    ]
    assert by_field(BY_SLUG["parecer"], errors) == {
        "confirmed": "CID inválido",
        "": "campo obrigatório",
    }
