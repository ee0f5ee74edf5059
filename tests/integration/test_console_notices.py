"""The texts that proponents read first: written by one, published by another, never rewritten."""

import pytest

from tests.support.console import World
from tests.support.page import fields, said

TEXTS = "/regras/textos"
LETTER = {"version": "C 1/2026", "title": "Carta", "text": "Carta desta operadora, de <b>2026</b>."}


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def test_a_text_is_written_by_one_and_published_by_another(
    console: World, tenant: int
) -> None:
    raul = await console.browser(tenant, "raul")
    blank = await raul.get(f"{TEXTS}/rascunho?tipo=letter")
    done = await raul.send(blank, f"{TEXTS}/rascunho", **LETTER)
    assert done.status == 303, done.text
    listed = await raul.get(done.answer.headers["Location"])
    assert "Rascunho salvo." in listed.text
    href = next(one.get("href", "") for one in listed.all("a") if said(one) == LETTER["version"])
    own = await raul.get(href)
    assert LETTER["text"] in own.text
    assert not own.offers(f"{TEXTS}/publicacao")
    assert "quem o publica é outra pessoa" in own.text
    rosa = await console.browser(tenant, "rosa")
    read = await rosa.get(href)
    unread = await rosa.send(read, f"{TEXTS}/publicacao")
    assert (unread.status, "Falta confirmar a leitura" in unread.text) == (422, True)
    done = await rosa.send(read, f"{TEXTS}/publicacao", lido="sim")
    assert done.status == 303, done.text
    assert "✓ publicada" in (await rosa.get(TEXTS)).text


async def test_a_text_in_force_is_not_rewritten_and_what_was_typed_stays(
    console: World, tenant: int
) -> None:
    raul = await console.browser(tenant, "raul")
    blank = await raul.get(f"{TEXTS}/rascunho")
    await raul.send(blank, f"{TEXTS}/rascunho", **LETTER)
    rosa = await console.browser(tenant, "rosa")
    read = await rosa.get(f"{TEXTS}/versao?tipo=letter&versao=C 1/2026")
    await rosa.send(read, f"{TEXTS}/publicacao", lido="sim")
    again = await raul.get(f"{TEXTS}/rascunho")
    refused = await raul.send(again, f"{TEXTS}/rascunho", **LETTER | {"text": "Outra " * 9})
    assert (refused.status, "Esta versão do texto já existe" in refused.text) == (409, True)
    assert fields(refused.form(f"{TEXTS}/rascunho"))["text"] == "Outra " * 9


async def test_a_text_too_short_is_told_at_its_field(console: World, tenant: int) -> None:
    raul = await console.browser(tenant, "raul")
    blank = await raul.get(f"{TEXTS}/rascunho")
    refused = await raul.send(blank, f"{TEXTS}/rascunho", version="", title="Carta", text="Curta")
    assert refused.status == 422
    assert said(refused.one("p", id="text-wrong"))
    assert said(refused.one("p", id="version-wrong"))
    assert fields(refused.form(f"{TEXTS}/rascunho"))["text"] == "Curta"
