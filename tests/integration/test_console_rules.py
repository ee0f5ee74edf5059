"""S17, the rule sets: read, written as a table, checked at the cell, published by another person."""

import json
from typing import Any

import pytest

from tests.support.clinic import Desk
from tests.support.console import Browser, World
from tests.support.page import Page, fields, said

CPT = "/regras/tabela-cpt"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def editing(console: World, tenant: int, who: str, path: str = CPT) -> tuple[Browser, Page]:
    """Somebody with the draft open before them."""
    browser = await console.browser(tenant, who)
    shown = await browser.get(f"{path}/rascunho")
    assert shown.status == 200, shown.text
    return browser, shown


async def sent(browser: Browser, shown: Page, cells: dict[str, str], path: str = CPT) -> Page:
    """The form of the table, some of its cells typed over."""
    form = fields(shown.form(f"{path}/rascunho"))
    return await browser.post(f"{path}/rascunho", form | cells)


async def saved(browser: Browser, shown: Page, cells: dict[str, str], path: str = CPT) -> Page:
    """The page after a draft was saved."""
    answer = await sent(browser, shown, cells, path)
    assert answer.status == 303, answer.text
    return await browser.get(answer.answer.headers["Location"])


def cell(shown: Page, name: str) -> str:
    return shown.one("input", name=name).get("value", "")


async def test_the_list_tells_what_is_in_force_since_when_and_how_sure(
    console: World, tenant: int
) -> None:
    browser = await console.browser(tenant, "raul")
    shown = await browser.get("/regras")
    assert shown.status == 200
    titles = [said(one) for one in shown.all("h2")]
    assert "Tabela da CPT" in titles
    assert "Textos ao proponente" in titles
    assert "versão 1, desde 21/11/2026 21:00, publicada por o produto" in shown.text
    assert "lida na fonte" in shown.text
    await saved(*await editing(console, tenant, "rosa"), {"linhas.0.3": "12"})
    assert "de rosa" in (await browser.get("/regras")).text


async def test_every_parameter_shows_unit_source_and_confidence(
    console: World, tenant: int
) -> None:
    shown = await (await console.browser(tenant, "raul")).get("/regras/parametros")
    heads = [said(one) for one in shown.all("th", scope="col")]
    assert {"Parâmetro", "Valor", "Unidade", "Fonte", "Confiança"} <= {*heads}
    row = next(one for one in shown.all("tr") if "oferta.prazo_dias" in said(one))
    assert "10 dias" in said(row)
    assert "política da operadora" in said(row)
