"""Which facts wake a declaration's process, and which ones it already knows."""

import pytest

from contracts.base import Event
from contracts.health_declaration.events import (
    DeclarationCancelled,
    DeclarationIntegrated,
    DeclarationReferred,
    DeclarationReopened,
    DeclarationSigned,
    DeclarationWithdrawn,
    InterviewRequested,
    RespondentNamed,
)
from workflows.health_declaration.messages import Moved
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
    moves = {DeclarationReferred, DeclarationIntegrated, InterviewRequested, RespondentNamed}
    assert moves <= set(MOVES)
    assert DeclarationSigned not in MOVES


ENDED_BY = {DeclarationCancelled, DeclarationIntegrated, DeclarationWithdrawn}


@pytest.mark.parametrize("fact", MOVES, ids=lambda fact: fact.type)
def test_a_pause_gives_way_to_the_facts_that_end_a_case_and_only_one_takes_an_end_back(
    fact: type[Event],
) -> None:
    moved = SIGNALS[fact].payload(fact.model_construct(), None)
    assert isinstance(moved, Moved)
    assert moved.ends == (fact in ENDED_BY)
    assert moved.reopens == (fact is DeclarationReopened)
    assert moved.concludes == (fact is DeclarationIntegrated)
