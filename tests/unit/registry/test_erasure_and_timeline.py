"""When data must stay, by hand-written cases; every fact about a person has a sentence."""

from datetime import date

import pytest

from contracts.catalog import events
from services.registry.rules.erasure import Ties, kept_until, refusals
from services.registry.rules.timeline import kinds_telling_of_health, tell

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("ties", "words"),
    [
        (Ties(), []),
        (Ties(active_enrolments=1), ["inscrição ativa em contrato"]),
        (Ties(represented=2), ["representante legal"]),
        (Ties(cpts_in_force=1), ["cobertura parcial temporária"]),
        (Ties(signed_on=(date(2006, 11, 22),)), []),
        (Ties(signed_on=(date(2006, 11, 23),)), ["até 23/11/2026"]),
        (Ties(signed_on=(date(2020, 1, 2), date(2010, 1, 1))), ["até 02/01/2040"]),
        (Ties(1, 1, 1, (TODAY,)), ["ativa", "representante", "cobertura", "22/11/2046"]),
    ],
)
def test_data_stays_only_for_a_reason(ties: Ties, words: list[str]) -> None:
    told = refusals(ties, 20, TODAY)
    assert len(told) == len(words)
    assert all(word in sentence for word, sentence in zip(words, told, strict=True))


def test_a_leap_day_is_kept_until_the_last_of_february() -> None:
    assert kept_until(date(2024, 2, 29), 20) == date(2044, 2, 29)
    assert kept_until(date(2024, 2, 29), 21) == date(2045, 2, 28)


ABOUT_PEOPLE = [
    event
    for event in events()
    if "person_id" in event.model_fields and not event.topic.startswith("erp.")
]


@pytest.mark.parametrize("event", ABOUT_PEOPLE, ids=lambda event: event.type)
def test_every_fact_about_a_person_has_a_sentence_and_a_subject(event: type) -> None:
    fields = dict.fromkeys(event.model_fields, "x")
    told = tell(event.model_construct(**fields))
    assert told is not None
    assert (told.person_id, told.subject) == ("x", "x")
    assert told.summary[0].isupper()


def test_kinds_that_give_a_disease_away_are_known() -> None:
    kinds = kinds_telling_of_health()
    assert "health_declaration.cpt.started.v1" in kinds
    assert "health_declaration.declaration.signed.v1" not in kinds
    assert len(kinds) == 12
