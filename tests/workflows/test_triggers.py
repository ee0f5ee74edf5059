"""Which facts wake a declaration's process, and which ones it already knows."""

import pytest

from contracts.base import Event
from contracts.health_declaration.events import (
    DeclarationIntegrated,
    DeclarationReferred,
    DeclarationSigned,
    InterviewRequested,
)
from workflows.health_declaration.triggers import MOVES, SIGNALS
from workflows.triggers import PROCESS_LOGIN

HEARD = {"a person": "person:p-1", "an analyst": "analista.1", "the service itself": None}


@pytest.mark.parametrize("fact", MOVES, ids=lambda fact: fact.type)
@pytest.mark.parametrize("actor", HEARD.values(), ids=HEARD)
def test_a_fact_that_others_brought_about_wakes_the_process(
    fact: type[Event], actor: str | None
) -> None:
    assert SIGNALS[fact].wanted(fact.model_construct(actor=actor))


@pytest.mark.parametrize("fact", MOVES, ids=lambda fact: fact.type)
def test_what_the_process_itself_brought_about_it_knows_from_the_answer(fact: type[Event]) -> None:
    assert not SIGNALS[fact].wanted(fact.model_construct(actor=PROCESS_LOGIN))


def test_what_moves_a_case_is_among_them_and_what_always_comes_with_another_is_not() -> None:
    assert {DeclarationSigned, DeclarationIntegrated, InterviewRequested} <= set(MOVES)
    assert DeclarationReferred not in MOVES
