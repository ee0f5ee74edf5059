"""When things go wrong on the public pages: silence, ended visits, strangers' orders, odd input."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.auth import routes_of
from services.console.routes.public import logos
from tests.support.console import changed
from tests.support.page import fields
from tests.support.public_pages import BIRTH, PublicWorld
from tests.support.public_walk import answered, reviewed, signed, through_letter

PATHS = ("/carta", "/perguntas/2", "/detalhes", "/revisao", "/assinatura", "/situacao", "/copia")
LATER = ("/entrevista", "/documentos", "/pericia", "/proposta", "/termo", "/meus-dados")


def orders(pages: PublicWorld) -> Iterator[str]:
    for route in routes_of(pages.pages.app):
        if "POST" in (route.methods or ()) and not route.path.startswith("/ops/"):
            yield route.path.replace("{number}", "1")


async def test_an_order_from_elsewhere_is_refused_on_every_path(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    paths = list(orders(pages))
    assert len(paths) > 20
    for path in paths:
        answer = await ana.handset.http.post(path, headers={"Origin": "https://mau.example"})
        assert (answer.status_code, path) == (403, path)
    assert (await ana.handset.get("/carta")).status == 200


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/ops/audit", "/ops/clock"]
)
async def test_strangers_find_no_figures_no_trail_and_no_document_of_how_it_is_made(
    pages: PublicWorld, path: str
) -> None:
    known = pages.pages.as_(pages.tenant(), "dpo", "operator")
    answer = await pages.handset().http.get(path, headers=known)
    assert answer.status_code == 404
    assert "Não encontrado" in answer.text


@pytest.mark.parametrize("path", ["/live", "/ready"])
async def test_whoever_runs_it_still_asks_whether_it_lives(pages: PublicWorld, path: str) -> None:
    assert (await pages.handset().http.get(path)).json() == {"ok": True}


async def test_nobody_gets_behind_the_door_without_coming_through_it(pages: PublicWorld) -> None:
    stranger = pages.handset()
    for path in (*PATHS, *LATER, "/consentimentos", "/recibo", "/continuar", "/termo.pdf"):
        shown = await stranger.get(path)
        assert (shown.status, path) == (401, path)
        assert shown.has("a", href="/declaracao")


async def test_a_phone_that_only_knows_a_link_is_not_in(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.handset.get("/declaracao")
    await ana.handset.send(shown, "/entrar", endereco=await ana.link(), nascimento=BIRTH)
    for path in (*PATHS, *LATER):
        assert (await ana.handset.get(path)).status == 401


@pytest.mark.parametrize("path", [*PATHS, *LATER])
async def test_a_silent_service_takes_the_page_with_a_way_to_try_again(
    pages: PublicWorld, path: str
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    with pages.silent():
        shown = await ana.handset.get(path)
    assert shown.status == 503
    assert "não responde agora" in shown.text
    assert shown.has("a", href=path)
    assert (await ana.handset.get(path)).status == 200


async def test_details_sent_while_the_service_is_silent_are_given_back_whole(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    typed = {"Q03.diagnostico": "Angina 🫀\nestável", "Q03.ano": "2019"}
    with pages.silent():
        lost = await ana.handset.fill(shown, "/detalhes", typed)
    assert lost.status == 503
    kept = fields(lost.form("/detalhes"))
    assert kept["Q03.diagnostico"].replace("\r", "") == typed["Q03.diagnostico"]
    sent = await ana.handset.send(lost, "/detalhes")
    assert sent.answer.url.path == "/revisao"
    assert "Angina" in sent.text


async def test_details_sent_after_the_visit_ended_are_given_back_and_sent_again(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    typed = {"Q03.diagnostico": "Angina", "Q03.ano": "2019"}
    await pages.later(ana, hours=30)
    lost = await ana.handset.fill(shown, "/detalhes", typed)
    assert lost.status == 401
    assert "Entrar de novo" in lost.text
    await ana.open()
    sent = await ana.handset.send(lost, "/detalhes")
    assert sent.answer.url.path == "/revisao"


async def test_a_visit_ends_in_real_time_too(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    settings = pages.pages.app.state.settings
    short = settings.model_copy(update={"visit_hours": 0})
    with changed(pages.pages.app.state, "settings", short):
        assert short.visit == timedelta()
        assert (await ana.handset.get("/carta")).status == 401


async def test_a_part_asked_by_the_script_fails_as_a_part(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await through_letter(ana, await ana.open())
    ana.handset.headers |= {"HX-Request": "true"}
    with pages.silent():
        told = await ana.handset.post("/perguntas/1/guardar", {"Q01": "no"})
    assert told.status == 503
    assert not told.has("html")
    assert told.has("span", role="alert")


async def test_what_comes_too_late_from_a_script_says_it_was_signed(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await signed(ana, "Q03")
    ana.handset.headers |= {"HX-Request": "true"}
    told = await ana.handset.post("/perguntas/1/guardar", {"Q01": "yes"})
    assert (told.status, "já foi assinada" in told.text) == (409, True)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/perguntas/99", {"Q01": "yes"}),
        ("/perguntas/1", {"Q01": "talvez", "Q99": "yes"}),
        ("/proposta", {"opcao": "gratis", "certeza": "sim", "key": "chave-de-teste"}),
        ("/termo", {"codigo": "123456", "aceite": "sim", "termo": "x"}),
        ("/assinatura", {"codigo": "123456", "aceite": "sim", "texto": "x"}),
        ("/entrevista", {"horario": "../x", "key": "é"}),
        ("/entrevista/gravacao", {"gravar": "talvez"}),
        ("/carta", {"carta": "sim", "key": "x" * 5000}),
    ],
)
async def test_odd_input_is_refused_in_words_and_never_breaks(
    pages: PublicWorld, path: str, form: dict[str, str]
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    told = await ana.handset.post(path, form)
    assert told.status in (404, 409, 422)
    assert told.has("main")
    assert "Internal" not in told.answer.text


async def test_a_form_beyond_all_measure_is_refused_in_words(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    told = await ana.handset.post("/carta", {"orientacao": "x" * 300_000})
    assert told.status == 413
    assert "Conteúdo grande demais" in told.text


async def test_a_file_where_none_belongs_is_refused(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    told = await ana.handset.post("/carta", {}, files={"carta": ("a.pdf", b"%PDF-")})
    assert told.status == 400


async def test_the_operators_logo_is_shown_where_it_has_one(
    pages: PublicWorld, tmp_path: Path
) -> None:
    ana = await pages.invited()
    (tmp_path / f"{ana.tenant}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "notes.txt").write_text("x")
    with changed(pages.pages.app.state, "logos", logos.found(str(tmp_path))):
        shown = await ana.handset.get(f"/declaracao/{ana.tenant}")
        assert shown.one("img").get("src") == f"/logo/{ana.tenant}"
        drawn = await ana.handset.http.get(f"/logo/{ana.tenant}")
        assert drawn.headers["Content-Type"].startswith("image/svg+xml")
        assert "sandbox" in drawn.headers["Content-Security-Policy"]
        assert (await ana.handset.http.get("/logo/1")).status_code == 404
    assert not (await ana.handset.get(f"/declaracao/{ana.tenant}")).has("img")


async def test_an_evening_is_told_by_its_local_day(pages: PublicWorld) -> None:
    ana = await pages.invited()
    desk = pages.desk(ana.tenant)
    evening = (desk.now() - timedelta(hours=3)).replace(hour=21, minute=49) + timedelta(hours=27)
    await pages.later(ana, seconds=(evening - desk.now()).total_seconds())
    shown = await signed(ana)
    local = (evening - timedelta(hours=3)).strftime("%d/%m/%Y 21:")
    assert f"Recebemos a sua declaração em {local}" in shown.text
