"""An accepted write is looked for by its id: a lost one and a doubled one are both found."""

import re
from pathlib import Path

import pytest

from deploy.story.bus import Fact
from deploy.story.journal import Accepted, Journal, read
from deploy.story.promises import PROMISES, compare
from tests.chaos import runs

SIGNED = "health_declaration.declaration.signed.v1"
OPINION = "health_declaration.opinion.given.v1"


def wrote(path: str, about: str = "", **ids: str) -> Accepted:
    return Accepted("POST", path, about, "k", ids)


def fact(number: int, kind: str, **body: str) -> Fact:
    return Fact(str(number), "health_declaration.events", kind, body, None)


SIGNATURE = wrote("/public/declaration/signature", "REF-1", declaration_id="d-1")
DONE = fact(1, SIGNED, declaration_id="d-1")


def test_a_write_with_its_fact_is_present() -> None:
    kept = compare([SIGNATURE], [DONE], {})
    assert (kept.accepted, kept.present) == (1, 1)
    assert (kept.lost, kept.doubled, kept.unknown) == ([], [], [])


def test_an_accepted_write_without_a_fact_is_lost() -> None:
    kept = compare([SIGNATURE], [fact(1, SIGNED, declaration_id="d-2")], {})
    assert [one.split(":")[0] for one in kept.lost] == ["/public/declaration/signature d-1"]


def test_a_second_fact_of_one_write_is_doubled() -> None:
    kept = compare([SIGNATURE], [DONE, fact(2, SIGNED, declaration_id="d-1")], {})
    assert len(kept.doubled) == 1
    assert kept.present == 1


def test_two_writes_of_one_kind_want_two_facts() -> None:
    twice = [wrote("/declarations/d-1/opinion")] * 2
    assert len(compare(twice, [fact(1, OPINION, declaration_id="d-1")], {}).lost) == 1


def test_what_names_nothing_is_of_the_case_of_whose_session_it_was() -> None:
    letter = wrote("/public/declaration/letter", "REF-1")
    started = fact(1, "health_declaration.declaration.started.v1", declaration_id="d-1")
    assert compare([letter], [started], {"REF-1": "d-1"}).present == 1
    assert len(compare([letter], [started], {"REF-1": "d-2"}).lost) == 1


def test_a_letter_read_twice_begins_its_case_once() -> None:
    letters = [wrote("/public/declaration/letter", "REF-1")] * 2
    started = fact(1, "health_declaration.declaration.started.v1", declaration_id="d-1")
    kept = compare(letters, [started], {"REF-1": "d-1"})
    assert (kept.lost, kept.doubled) == ([], [])


def test_a_path_of_which_nobody_said_what_it_promises_is_named() -> None:
    assert compare([wrote("/public/novelty")], [], {}).unknown == ["POST /public/novelty"]


@pytest.mark.parametrize("path", [one.path for one in PROMISES])
def test_no_two_promises_are_of_one_path(path: str) -> None:
    example = re.sub(r"\(\?P<id>[^)]*\)", "x", path)
    assert sum(bool(re.fullmatch(one.path, example)) for one in PROMISES) == 1


def test_the_journal_keeps_ids_alone_of_an_answer(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "accepted.jsonl")
    journal.accepted(
        "POST", "http://x/declarations/1/opinion?a=b", "REF", "k", {"case_id": "1", "text": "x"}
    )
    assert read(tmp_path / "accepted.jsonl") == [
        Accepted("POST", "/declarations/1/opinion", "REF", "k", {"case_id": "1"})
    ]
    journal.close()


def line(**more: object) -> runs.Line:
    fallen = [{"name": "postgres", "requests": 3, "unpublished": "0"}]
    kept = {"accepted": 1, "present": 1, "lost": [], "doubled": []}
    return {"seed": 1, "seconds": 9, "fallen": fallen, "kept": kept, "failed": []} | more


def test_a_run_fails_by_any_story_that_failed_and_by_victims_it_lacks() -> None:
    assert runs.faults([line()], 1, ["postgres"]) == []
    assert runs.faults([line(failed=["a"])], 1, ["postgres"]) == ["semente 1: a"]
    assert runs.faults([line()], 3, ["postgres", "temporal", "desk"]) == [
        "só 1 de 3 mortes",
        "temporal caiu 0 vezes, menos de 1",
        "api caiu 0 vezes, menos de 1",
    ]
    idle = [{"name": "postgres", "requests": 0, "unpublished": "0"}]
    found = runs.faults([line(fallen=idle)], 1, ["postgres"])
    assert found == ["menos da metade caiu com trabalho em voo"]
