"""Where a browser may be sent, and what stands in the address of a list."""

from urllib.parse import parse_qs

import pytest

from services.console.rules.places import HOME, LONGEST, of_page, sign_in, within
from services.console.rules.preferences import Preferences, read
from services.console.rules.views import VIEWS, Place, view_of


@pytest.mark.parametrize(
    "path", ["/tarefas", "/tarefas/abc?visao=minhas&fila=ds.analysis", "/tarefas?q=a%2F%2Fb", "/"]
)
def test_a_page_of_ours_is_gone_back_to(path: str) -> None:
    assert within(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "tarefas",
        "https://mau.example/",
        "//mau.example/",
        "/\\mau.example/",
        "\\\\mau.example",
        "/tarefas\\..\\x",
        "/\t/mau.example",
        "/\n/mau.example",
        "javascript:alert(1)",
        "/entrar?de=/tarefas",
        "/sair",
        "/sessao",
        "/" + "a" * LONGEST,
    ],
)
def test_anywhere_else_becomes_home(path: str | None) -> None:
    assert within(path) == HOME


def test_the_page_of_an_address_loses_its_host() -> None:
    assert of_page("https://mau.example/tarefas/1?visao=minhas") == "/tarefas/1?visao=minhas"
    assert of_page("https://mau.example") == HOME
    assert of_page(None) == HOME


def test_the_door_carries_the_way_back_as_one_value() -> None:
    assert sign_in("/tarefas?visao=minhas&fila=x") == (
        "/entrar?de=%2Ftarefas%3Fvisao%3Dminhas%26fila%3Dx"
    )


def test_the_address_of_a_list_tells_all_that_the_list_depends_on() -> None:
    place = Place(view_of("vencidas"), queue="ds.audit", person_id="p 1", cursor="abc")
    assert parse_qs(place.query) == {
        "visao": ["vencidas"],
        "fila": ["ds.audit"],
        "pessoa": ["p 1"],
        "cursor": ["abc"],
    }
    assert "cursor" not in place.first.query
    assert parse_qs(place.on("next").query)["cursor"] == ["next"]
    assert place.filtered
    assert not Place(view_of("minhas")).filtered


def test_an_address_that_names_no_view_shows_the_first() -> None:
    assert view_of("inventada") is VIEWS[0]
    assert view_of(None) is VIEWS[0]


def test_every_view_says_what_its_emptiness_means() -> None:
    assert all(view.empty.endswith(".") for view in VIEWS)
    assert len({view.slug for view in VIEWS}) == len(VIEWS)


def test_what_is_none_of_the_choices_is_as_if_nothing_was_chosen() -> None:
    assert read({}) == Preferences("auto", "normal", keys=True)
    chosen = {"tema": "escuro", "densidade": "compacta", "atalhos": "nao"}
    assert read(chosen) == Preferences("escuro", "compacta", keys=False)
    assert read({"tema": '"><script>'}) == Preferences("auto", "normal", keys=True)
