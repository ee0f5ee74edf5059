"""S13 by a phone without a script: six steps, from the link to the receipt."""

import asyncio
from http.cookies import SimpleCookie
from typing import Any

import pytest

from contracts.health_declaration.events import DeclarationSigned
from tests.support.page import fields, said
from tests.support.public_pages import ORIGIN, PublicWorld
from tests.support.public_walk import (
    READ,
    answered,
    details,
    ready_to_sign,
    reviewed,
    signature_form,
    signed,
    through_letter,
)


async def test_a_clean_declaration_goes_from_the_link_to_the_receipt(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await signed(ana)
    assert (shown.status, shown.answer.url.path) == (200, "/recibo")
    facts = await pages.declarations.facts(ana.tenant, DeclarationSigned)
    assert facts[0]["protocol"] in shown.text


async def test_a_yes_asks_for_details_and_stands_in_the_review_and_in_the_text(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    shown = await reviewed(ana, "Q03", "Q28")
    assert "como informado" in shown.text
    assert "Coração e circulação" in shown.text
    text = said((await ana.handset.get("/assinatura")).one("div", class_="text scroll"))
    assert "Resposta: SIM" in text
    assert "como informado" in text


async def test_every_step_tells_where_one_is_and_what_is_required(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.open()
    assert "Passo 2 de 6" in shown.text
    assert "(obrigatório)" in shown.text
    first = await through_letter(ana, shown)
    assert "Passo 3 de 6: perguntas, parte 1 de 11" in first.text
    assert first.one("h1").text == "Tumores"
    assert "Você pode fechar e voltar" in first.text
    assert first.has("progress", value="3")
    assert first.has("a", href="/carta")


async def test_what_was_not_read_or_chosen_is_named_and_nothing_ticked_is_lost(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    shown = await ana.open()
    assert not any("checked" in one.attrib for one in shown.all("input", type="checkbox"))
    again = await ana.handset.send(shown, "/carta", carta="sim", orientacao="own_doctor")
    assert again.status == 422
    assert "Aviso de privacidade: Marque depois de ler." in again.text
    assert fields(again.form("/carta"))["carta"] == "sim"
    assert fields(again.form("/carta"))["orientacao"] == "own_doctor"


async def test_who_sold_is_written_down_or_told_to_be_wrong(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.open()
    seller = {"intermediario_nome": "Beto", "intermediario_cpf": "111.111.111-11"}
    wrong = await ana.handset.send(shown, "/carta", **READ, **seller)
    assert (wrong.status, "nome e CPF válidos" in wrong.text) == (422, True)
    right = await ana.handset.send(wrong, "/carta", intermediario_cpf="529.982.247-25")
    assert right.answer.url.path == "/perguntas/1"


async def test_an_unanswered_question_is_named_and_the_others_are_kept(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await through_letter(ana, await ana.open())
    again = await ana.handset.fill(shown, "/perguntas/1", {"Q01": "yes"})
    assert again.status == 422
    assert "Escolha sim ou não" in again.text
    assert again.has("a", href="#Q02")
    elsewhere = await ana.handset.get("/perguntas/1")
    assert fields(elsewhere.form("/perguntas/1"))["Q01"] == "yes"


async def test_each_change_is_kept_as_it_is_made_and_says_when(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await through_letter(ana, await ana.open())
    kept = await ana.handset.post("/perguntas/2/guardar", {"Q03": "yes"})
    assert kept.status == 200
    assert kept.text.startswith("Guardado às ")
    assert not kept.has("html")
    other = pages.proponent(ana.known)
    await other.open()
    shown = await other.handset.get("/perguntas/2")
    assert fields(shown.form("/perguntas/2"))["Q03"] == "yes"


async def test_whoever_comes_back_goes_on_where_something_is_missing(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await through_letter(ana, await ana.open())
    await ana.handset.fill(shown, "/perguntas/1", {"Q01": "no", "Q02": "no"})
    later = pages.proponent(ana.known)
    assert (await later.open()).answer.url.path == "/perguntas/2"


async def test_details_stay_when_the_question_is_answered_again_and_go_with_a_no(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    shown = await ana.handset.get("/perguntas/2")
    await ana.handset.fill(shown, "/perguntas/2", {})
    assert "como informado" in (await ana.handset.get("/revisao")).text
    await ana.handset.fill(shown, "/perguntas/2", {"Q03": "no"})
    assert "como informado" not in (await ana.handset.get("/revisao")).text


async def test_a_missing_or_impossible_detail_is_told_at_its_field_with_all_that_was_typed(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    again = await ana.handset.fill(shown, "/detalhes", {"Q03.diagnostico": "Angina"})
    assert (again.status, "Responda este complemento" in again.text) == (422, True)
    assert fields(again.form("/detalhes"))["Q03.diagnostico"] == "Angina"
    future = await ana.handset.fill(again, "/detalhes", {"Q03.ano": "2999"})
    assert (future.status, "quatro dígitos" in future.text) == (422, True)
    assert future.one("input", name="Q03.ano").get("aria-invalid") == "true"
    long = await ana.handset.fill(
        future, "/detalhes", {"Q03.ano": "2019", "Q03.diagnostico": "x" * 2001}
    )
    assert (long.status, "no máximo 2.000" in long.text) == (422, True)
    assert "O texto tem 2.001 caracteres." in long.text


async def test_a_break_of_line_counts_once_as_the_phone_shows_it(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    text = "\r\n".join(["x" * 199] * 10)
    told = {"Q03.diagnostico": f"{text}x", "Q03.ano": "2019", "Q03.tratamento": "Nenhum"}
    assert len(f"{text}x".replace("\r", "")) == 2000
    assert len(f"{text}x") > 2000
    kept = await ana.handset.fill(shown, "/detalhes", told)
    assert kept.answer.url.path == "/revisao", kept.text
    back = await ana.handset.get("/detalhes")
    assert fields(back.form("/detalhes"))["Q03.diagnostico"].count("x") == 1991


@pytest.mark.parametrize("text", ["👩🏽‍⚕️ 𠜎 angina", "ذبحة صدرية", "<b>x</b> {{ 7*7 }}"])
async def test_any_writing_is_kept_as_it_was_typed(pages: PublicWorld, text: str) -> None:
    ana = await pages.invited(name="مريم 👩🏽‍⚕️ Souza")
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    told = await ana.handset.fill(shown, "/detalhes", details(shown, text))
    assert text in [said(one) for one in told.all("bdi")]
    signing = await ana.handset.get("/assinatura")
    assert "مريم" in said(signing.one("div", class_="text scroll"))


async def test_signing_needs_the_tick_and_the_right_code(pages: PublicWorld) -> None:
    ana = await pages.invited()
    form = signature_form(await ready_to_sign(ana))
    code = await ana.known.code()
    unticked = await ana.handset.post("/assinatura", form | {"codigo": code})
    assert (unticked.status, "Marque que leu" in unticked.text) == (422, True)
    other = f"{(int(code) + 1) % 10**6:06d}"
    refused = await ana.handset.post("/assinatura", form | {"codigo": other, "aceite": "sim"})
    assert (refused.status, "não confere" in refused.text) == (403, True)
    done = await ana.handset.post("/assinatura", form | {"codigo": code, "aceite": "sim"})
    assert done.answer.url.path == "/recibo"


async def test_two_taps_on_sign_sign_once_and_land_on_one_receipt(pages: PublicWorld) -> None:
    ana = await pages.invited()
    typed = signature_form(await ready_to_sign(ana))
    typed |= {"codigo": await ana.known.code(), "aceite": "sim"}
    both = await asyncio.gather(*(ana.handset.post("/assinatura", typed) for _ in range(2)))
    assert [one.answer.url.path for one in both] == ["/recibo", "/recibo"]
    assert both[0].text == both[1].text
    assert len(await pages.declarations.facts(ana.tenant, DeclarationSigned)) == 1


async def test_what_changed_in_another_tab_is_read_again_before_it_is_signed(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    form = signature_form(await ready_to_sign(ana, "Q03"))
    other = await ana.handset.get("/detalhes")
    await ana.handset.fill(other, "/detalhes", {"Q03.diagnostico": "outra coisa"})
    typed = {"codigo": await ana.known.code(), "aceite": "sim"}
    told = await ana.handset.post("/assinatura", form | typed)
    assert told.status == 409
    assert "O texto mudou" in told.text
    assert "outra coisa" in told.text
    done = await ana.handset.post("/assinatura", signature_form(told) | typed)
    assert done.answer.url.path == "/recibo"


async def test_going_back_after_signing_shows_the_copy_and_changes_nothing(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await signed(ana, "Q03")
    for path in ("/carta", "/perguntas/1", "/detalhes", "/revisao", "/assinatura"):
        assert (await ana.handset.get(path)).answer.url.path == "/situacao"
    told = await ana.handset.post("/perguntas/1", {"Q01": "yes", "Q02": "no"})
    assert told.status == 409
    assert "já foi assinada" in told.text
    copy = await ana.handset.get("/copia")
    assert "Protocolo" in copy.text
    assert "como informado" in copy.text
    assert not copy.all("input", type="radio")


async def test_the_receipt_is_shown_though_the_signature_has_shut_the_session(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await signed(ana)
    assert (await ana.handset.get("/continuar")).answer.url.path == "/recibo"
    over = await ana.handset.get("/copia")
    assert (over.status, "Entrar de novo" in over.text) == (401, True)


async def test_a_correction_needs_a_tick_and_opens_the_form_again(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await signed(ana, "Q03")
    shown = await ana.handset.get("/situacao")
    unsure = await ana.handset.send(shown, "/retificar")
    assert (unsure.status, "tem certeza" in unsure.text) == (422, True)
    again = await ana.handset.send(unsure, "/retificar", certeza="sim")
    assert again.answer.url.path == "/revisao"


async def test_giving_up_ends_it_and_says_so(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await reviewed(ana)
    shown = await ana.handset.get("/situacao")
    told = await ana.handset.send(shown, "/desistir", certeza="sim")
    assert "desistiu" in told.text or told.status == 401


async def test_a_form_loaded_twenty_times_changes_nothing(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    before = (await ana.handset.get("/revisao")).text
    paths = ("/carta", "/perguntas/2", "/detalhes", "/assinatura", "/situacao", "/copia")
    for path in paths * 4:
        await ana.handset.get(path)
        await ana.handset.http.head(path)
    assert (await ana.handset.get("/revisao")).text == before
    assert len(await ana.known.contacts("ds.code")) == 1


async def test_nothing_said_stands_in_an_address_or_a_title(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await answered(ana, await through_letter(ana, await ana.open()), "Q03")
    titles: list[str] = []
    for path in ("/perguntas/2", "/detalhes", "/revisao", "/assinatura", "/situacao"):
        page = await ana.handset.get(path)
        titles.append(said(page.one("title")))
        links: list[Any] = [one.get("href") for one in page.all("a")]
        assert not any("Q03" in str(link) and "#" not in str(link) for link in links)
    assert shown.answer.url.query == b""
    for word in ("Ana", "Coração", "infarto"):
        assert word not in " ".join(titles)


async def test_it_can_be_walked_without_a_cookie_jar_or_an_origin_as_curl_does(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    http = ana.handset.http
    form = {"endereco": await ana.link(), "nascimento": "12/04/1990"}
    knocked = await http.post("/entrar", data=form)
    jar = SimpleCookie(knocked.headers["Set-Cookie"])
    http.cookies.clear()
    cookie = {"Cookie": f"__Host-declaracao={jar['__Host-declaracao'].value}"}
    opened = await http.post("/codigo", data={"codigo": await ana.known.code()}, headers=cookie)
    assert opened.headers["Location"] == "/continuar"
    http.cookies.clear()
    assert (await http.get("/carta", headers=cookie)).status_code == 200
    assert ORIGIN.startswith("https://")
