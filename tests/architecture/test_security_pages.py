"""The pages of security say what they promise, and their gates can fail."""

from dataclasses import replace

import pytest
import yaml

from tests.support import asvs, personal_data

RULES = asvs.ROOT / "services" / "health_declaration" / "data" / "rules.v1.yaml"
THREATS = (asvs.ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_every_item_of_the_standard_has_one_answer_and_every_named_test_exists() -> None:
    assert asvs.faults(asvs.read()) == []


def test_planted_faults_a_test_nobody_wrote_and_a_list_of_excuses_are_told() -> None:
    items = asvs.read()
    shown = next(one for one in items if one.tests)
    lost = replace(shown, tests=("tests/security/test_attacks.py::test_of_nothing",))
    assert asvs.faults([lost, *items[1:]], len(items)) != []
    excused = [replace(one, tests=(), because="nobody asks", unmet="") for one in items]
    assert any("dos itens são testes" in told for told in asvs.faults(excused))
    assert any("uma resposta só" in told for told in asvs.faults([replace(shown, unmet="x")]))
    assert any("itens em vez de" in told for told in asvs.faults(items[1:]))


def test_every_marked_field_is_on_the_page() -> None:
    assert personal_data.faults(personal_data.read(), personal_data.marked()) == []


def test_planted_faults_a_field_that_is_not_told_or_gone_is_told() -> None:
    kinds, marked = personal_data.read(), personal_data.marked()
    assert len(marked) > 30
    more = personal_data.faults(kinds, marked | {"registry.person.blood_sealed"})
    assert more == ["registry.person.blood_sealed não está na página"]
    assert personal_data.faults(kinds, marked - {"registry.person.sealed"}) == [
        "registry.person.sealed não existe"
    ]


def test_the_page_names_what_slows_guessers() -> None:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["rules"]
    (limits,) = [one["params"] for one in rules if one["id"] == "POL-001"]
    rest, dates = limits["link.bloqueio_minutos"], limits["link.tentativas"]
    assert f"rests {rest} minutes after {dates} wrong dates" in THREATS
    assert f"after {limits['codigo.tentativas']} wrong codes" in THREATS
    assert f"{limits['codigo.por_dia']} codes a day" in THREATS


@pytest.mark.parametrize("who", ["proponent", "employee", "process", "ERP", "provider of messages"])
def test_the_page_names_every_way_in(who: str) -> None:
    assert f"\n| {who} |" in THREATS.partition("## Ways in")[2].partition("\n## ")[0]


@pytest.mark.parametrize("words", ["30 minutes of rest", "10 hours in any case", "any number of"])
def test_the_page_names_when_sessions_end(words: str) -> None:
    assert words in THREATS


@pytest.mark.parametrize("what", ["AES-256-GCM", "HMAC-SHA-256", "A256GCM", "the key of keys"])
def test_the_page_lists_what_is_sealed_with_what(what: str) -> None:
    assert what in THREATS.partition("## What is sealed with what")[2]
