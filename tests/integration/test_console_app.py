"""The console as a place: headers, origins, static files, and failures told as pages."""

import gzip
import re
from collections.abc import Iterator

import pytest

from kit.auth import routes_of
from services.console.routes.headers import ALWAYS, HTTPS_ONLY
from services.console.rules.keys import KEYS
from tests.support.console import CONSOLE_URL, World, changed
from tests.support.page import fields

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def orders(console: World) -> Iterator[str]:
    """Addresses that change something, filled with ids that name nothing."""
    for route in routes_of(console.console.app):
        if "POST" in (route.methods or ()) and not route.path.startswith("/ops/"):
            yield (
                route.path.replace("{task_id}", "t")
                .replace("{act}", "assumir")
                .replace("{slug}", "parecer")
            )


@pytest.mark.parametrize("path", ["/saiu", "/entrar/volta", "/nada", "/estatico/x.js", "/live"])
async def test_every_answer_carries_the_headers(console: World, path: str) -> None:
    answer = await console.stranger().http.get(path)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert {name: answer.headers.get(name) for name in HTTPS_ONLY} == HTTPS_ONLY


async def test_a_failure_nobody_foresaw_is_a_page_with_the_headers_and_no_details(
    console: World,
) -> None:
    with changed(console.console.app.state, "doors", None):
        shown = await console.stranger().get("/entrar")
    assert shown.status == 500
    assert shown.answer.headers["Content-Security-Policy"] == ALWAYS["Content-Security-Policy"]
    assert "Erro interno" in shown.text
    assert "NoneType" not in shown.answer.text


async def test_an_order_from_elsewhere_is_refused_on_every_path(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    paths = list(orders(console))
    assert len(paths) > 6
    for path in paths:
        for origin in ({}, {"Origin": "https://mau.example"}, {"Origin": "null"}):
            answer = await ana.http.post(path, content="", headers=FORM | origin)
            assert (answer.status_code, path) == (403, path)
            assert "não partiu de uma página do Vínculo" in answer.text
    assert (await ana.get("/tarefas")).status == 200


async def test_an_order_that_the_script_sends_is_judged_by_its_origin_too(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana", script=True)
    headers = {"HX-Request": "true", "Origin": "https://mau.example"}
    answer = await ana.http.post("/tarefas/t/assumir", headers=headers)
    assert answer.status_code == 403


async def test_styles_and_scripts_have_names_of_their_content_and_are_kept(console: World) -> None:
    stranger = console.stranger()
    shown = await stranger.get("/saiu")
    links = [one.get("href", "") for one in shown.all("link", rel="stylesheet")]
    scripts = [one.get("src", "") for one in shown.all("script")]
    assert len(links) == 2
    assert len(scripts) == 6
    for path in links + scripts:
        answer = await stranger.http.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        plain = await stranger.http.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.content == answer.content
        assert len(gzip.compress(plain.content)) < len(plain.content)


async def test_the_letters_come_from_here_under_the_address_that_the_style_gives(
    console: World,
) -> None:
    stranger = console.stranger()
    shown = await stranger.get("/saiu")
    style = (await stranger.http.get(shown.all("link", rel="stylesheet")[0].get("href", ""))).text
    [named] = re.findall(r'url\("([^"]+)"\)', style)
    font = await stranger.http.get(named)
    assert (font.status_code, font.headers["Content-Type"]) == (200, "font/woff2")
    assert font.content.startswith(b"wOF2")
    assert "font-src 'self'" in font.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/estatico/../app.py", "/estatico/%2e%2e/app.py", "/estatico/console.css", "/estatico//"],
)
async def test_nothing_but_the_named_files_is_served(console: World, path: str) -> None:
    assert (await console.stranger().http.get(path)).status_code == 404


async def test_what_is_not_there_is_told_in_a_page(console: World) -> None:
    shown = await console.stranger().get("/nada")
    assert shown.status == 404
    assert shown.has("html", lang="pt-BR")
    assert "Não encontrado" in shown.text
    assert shown.has("main")
    assert shown.one("a", class_="skip").get("href") == "#content"


async def test_what_is_not_there_is_told_to_the_script_in_a_part(console: World) -> None:
    shown = await console.stranger(script=True).get("/nada")
    assert shown.status == 404
    assert not shown.has("html")
    assert shown.has("div", role="alert")


async def test_programs_get_documents_and_not_pages(console: World) -> None:
    answer = await console.stranger().http.get("/ops/audit", headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"])
async def test_how_the_console_is_made_is_told_to_nobody(console: World, path: str) -> None:
    assert (await console.stranger().http.get(path)).status_code == 404


async def test_a_form_beyond_all_measure_is_refused_in_words(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    shown = await ana.post("/tarefas/t/decisoes/parecer", {"text": "x" * 300_000})
    assert shown.status == 413
    assert "Conteúdo grande demais" in shown.text


async def test_an_id_that_leads_out_of_its_place_is_refused(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    for path in ("/tarefas/..%2fops", "/tarefas/%2e%2e", "/tarefas/a%3Fb", "/tarefas/-"):
        assert (await ana.http.get(path)).status_code in (404, 405, 422)


async def test_somebody_chooses_colours_density_and_keys(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    shown = await ana.get("/atalhos")
    assert shown.one("html").get("data-theme") == "auto"
    assert "data-keys" in shown.one("body").attrib
    form = shown.form("/preferencias")
    assert fields(form)["de"] == "/atalhos"
    kept = await ana.send(shown, "/preferencias", tema="escuro", densidade="ampla", atalhos="nao")
    assert (kept.status, kept.answer.headers["Location"]) == (303, "/atalhos")
    again = await ana.get("/atalhos")
    assert again.one("html").attrib | {"lang": ""} == {
        "lang": "",
        "data-theme": "escuro",
        "data-density": "ampla",
    }
    assert "data-keys" not in again.one("body").attrib


async def test_a_choice_that_is_none_is_not_kept_as_it_came(console: World) -> None:
    stranger = console.stranger()
    form = {"tema": "x; Path=/entrar", "de": "//mau.example", "sessao": "1.roubada"}
    kept = await stranger.post("/preferencias", form)
    assert kept.answer.headers["Location"] == "/"
    assert stranger.http.cookies.get("tema") == "auto"
    assert "roubada" not in str(kept.answer.headers)


async def test_the_help_lists_the_keys_also_without_a_script(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    shown = await ana.get("/atalhos")
    keys = [one.get("data-key") for one in shown.one("dialog", id="help").iter("tr")]
    assert keys == [None, *(key.key for key in KEYS)]


@pytest.mark.parametrize(
    ("who", "room"), [("ana", "/tarefas"), ("sergio", "/declaracoes"), ("raul", "/regras")]
)
async def test_the_beginning_leads_to_the_first_room_that_is_open(
    console: World, who: str, room: str
) -> None:
    someone = await console.browser(console.tenant(), who)
    answer = await someone.http.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, room)
    assert CONSOLE_URL not in answer.text
