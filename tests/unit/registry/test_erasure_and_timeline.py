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


def test_a_leap_day_is_kept_until_the_first_of_march_where_there_is_none() -> None:
    assert kept_until(date(2024, 2, 29), 20) == date(2044, 2, 29)
    assert kept_until(date(2024, 2, 29), 21) == date(2045, 3, 1)


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


HD = "health_declaration"
AFTER_A_YES = [
    *(f"{HD}.{kind}.v1" for kind in ("opinion.given", "audit.returned", "audit.concluded")),
    *(f"{HD}.offer.{kind}.v1" for kind in ("made", "accepted", "refused")),
    *(f"{HD}.term.{kind}.v1" for kind in ("issued", "signed")),
    f"{HD}.surcharge.agreed.v1",
    *(f"{HD}.exam.{kind}.v1" for kind in ("requested", "concluded")),
    *(f"{HD}.documents.{kind}.v1" for kind in ("requested", "received")),
    *(f"{HD}.interview.{kind}.v1" for kind in ("requested", "scheduled", "missed", "concluded")),
    *(f"{HD}.cpt.{kind}.v1" for kind in ("started", "changed", "ended", "confirmed")),
    f"{HD}.cpt.refused_by_erp.v1",
    f"{HD}.declaration.referred.v1",
    f"{HD}.declaration.integrated.v1",
    f"{HD}.deadline.missed.v1",
    f"{HD}.task.wanted.v1",
    *(f"worklist.task.{kind}.v1" for kind in ("claimed", "released", "term_changed", "escalated")),
]


def test_kinds_that_follow_only_a_yes_or_come_later_then_are_known() -> None:
    assert sorted(kinds_telling_of_health()) == sorted(AFTER_A_YES)


def test_what_happens_to_everybody_is_told_to_all() -> None:
    usual = ("requested", "started", "signed", "rectified", "released", "withdrawn")
    kinds = {f"{HD}.declaration.{kind}.v1" for kind in usual} | {f"{HD}.link.issued.v1"}
    assert kinds.isdisjoint(kinds_telling_of_health())
