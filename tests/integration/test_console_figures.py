"""The figures of the process: none told of too few, each with the way to its cases."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.test_console_declarations import declared, names
from tests.support.console import World
from tests.support.page import Page, said

PATH = "/declaracoes/indicadores"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def told(shown: Page) -> dict[str, str]:
    """The figures and what they are called."""
    boxes = shown.one("section", aria_labelledby="lead").iter("div")
    return {said(next(one.iter("dt"))): said(next(one.iter("dd"))) for one in boxes}


async def released(console: World, tenant: int, number: int, straight: int) -> None:
    """Releases that took one to `number` hours, the first few of them straight through."""
    connection = console.declarations
    for place in range(number):
        case_id = await declared(console, tenant, f"Pessoa {chr(97 + place)}ra")
        at = datetime.now(UTC) - timedelta(minutes=1)
        await connection.rows(
            "update declaration set stage = 'integrated', released_at = $3, requested_at = $4,"
            " straight_through = $5 where tenant_id = $1 and declaration_id = $2 returning 1",
            tenant,
            case_id,
            at,
            at - timedelta(hours=place + 1),
            place < straight,
        )


async def test_of_too_few_no_share_and_no_median_is_told(console: World, tenant: int) -> None:
    await released(console, tenant, 9, straight=9)
    shown = await (await console.browser(tenant, "rita")).get(PATH)
    assert told(shown)["Liberadas no período"] == "9"
    assert "Menos de 10 liberadas" in shown.text
    assert "%" not in shown.text


async def test_lead_time_and_share_of_enough_are_told(console: World, tenant: int) -> None:
    await released(console, tenant, 11, straight=8)
    shown = await (await console.browser(tenant, "rita")).get(PATH)
    figures = told(shown)
    assert figures["Metade em até"] == "6 h 00"
    assert figures["Nove em dez em até"] == "10 h 00"
    assert figures["Sem passar por uma pessoa"].replace("\u00a0", " ") == "72,7 %"


async def test_each_figure_leads_to_the_cases_it_counts(console: World, tenant: int) -> None:
    await declared(console, tenant, "Ana Lima")
    await declared(console, tenant, "Bruno Dias", "Q10")
    await declared(console, tenant, "Carla Reis", "Q10")
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(PATH)
    body = next(shown.one("section", aria_labelledby="waits").iter("tbody"))
    rows = {said(next(one.iter("th"))): one for one in body.iter("tr")}
    link = next(rows["em análise"].iter("a"))
    assert said(link).startswith("2 ")
    listed = await ana.get(link.get("href", ""))
    assert names(listed) == ["Bruno Dias", "Carla Reis"]
    assert "a operadora" in said(rows["em análise"])
    coarse = await (await console.browser(tenant, "rita")).get(PATH)
    assert "em análise" not in coarse.text
    assert "em avaliação" in coarse.text


async def test_the_figures_say_of_when_they_are_and_what_is_missing(
    console: World, tenant: int
) -> None:
    rita = await console.browser(tenant, "rita")
    shown = await rita.get(PATH)
    assert "Atualizado " in shown.text
    assert "Nada espera" in shown.text
    part = await (await console.browser(tenant, "rita", script=True)).get(PATH, target="figures")
    assert not part.has("html")
    with console.silent("health_declaration"):
        silent = await rita.get(PATH)
    assert silent.status == 503
    assert "Tentar de novo" in silent.text
    refused = await (await console.browser(tenant, "sonia")).get(PATH)
    assert refused.status == 403
    assert "ds.read" in refused.text
