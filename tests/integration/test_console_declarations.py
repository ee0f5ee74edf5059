"""The list of declarations: its filters, its file, and links sent again to many."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.clinic import Desk, moved
from tests.support.console import World
from tests.support.page import Page, fields, said
from tests.support.proponent import Phone, enrol, person

NASTY = "=1+1 <img src=x onerror=alert(1)>"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def declared(console: World, tenant: int, name: str, *yes: str) -> str:
    """A declaration of somebody the registry knows; signed where something is declared."""
    person_id = await console.person(tenant, name)
    served = console.declarations
    await person(served, tenant, name, person_id=person_id)
    await enrol(served, tenant, person_id)
    if yes:
        await Phone(served, tenant, person_id).declare(*yes)
    rows = await served.rows(
        "select declaration_id from declaration where tenant_id = $1 and person_id = $2",
        tenant,
        person_id,
    )
    declaration_id: str = rows[0]["declaration_id"]
    return declaration_id


def names(shown: Page) -> list[str]:
    """Whom the list shows, from the top."""
    links = [one for one in shown.all("a") if one.get("href", "").startswith("/declaracoes/")]
    body = {id(link) for cell in shown.tree.iter("td") for link in cell.iter("a")}
    return [said(one) for one in links if id(one) in body]


def lines(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))


async def test_filters_stand_in_the_address_and_the_number_is_announced(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, "Ana Lima")
    await declared(console, tenant, "Bruno Dias", "Q10")
    ana = await console.browser(tenant, "ana")
    assert names(await ana.get("/declaracoes")) == ["Ana Lima", "Bruno Dias"]
    shown = await ana.get("/declaracoes?etapa=analysis&com=operadora")
    assert names(shown) == ["Bruno Dias"]
    kept = fields(shown.one("form", id="filters"))
    assert (kept["etapa"], kept["com"]) == ("analysis", "operadora")
    assert "1 declaração encontrada" in shown.text
    script = await console.browser(tenant, "ana", script=True)
    part = await script.get("/declaracoes?com=proponente", target="list")
    assert not part.has("html")
    assert [one.get("hx-target") for one in part.all("hx-partial")] == ["#total", "#notice"]
    assert "1 declaração encontrada" in part.text


async def test_without_clinical_purpose_stages_are_told_and_asked_coarsely(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, "Bruno Dias", "Q10")
    shown = await (await console.browser(tenant, "rita")).get("/declaracoes")
    assert "em avaliação" in shown.text
    values = [one.get("value") for one in shown.one("select", id="f-etapa").iter("option")]
    assert "audit" not in values
    assert "in_review" in values


async def test_days_of_a_filter_are_local_days(console: World, tenant: int) -> None:
    late = datetime(2027, 3, 1, 21, 49, tzinfo=ZoneInfo("America/Sao_Paulo"))
    moved(console.declarations, tenant, late.astimezone(UTC))
    await declared(console, tenant, "Ana Lima")
    ana = await console.browser(tenant, "ana")
    assert names(await ana.get("/declaracoes?desde=2027-03-01&ate=2027-03-01")) == ["Ana Lima"]
    assert names(await ana.get("/declaracoes?desde=2027-03-02")) == []


async def test_the_file_holds_what_the_screen_shows_and_is_audited_where_the_data_is(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, NASTY)
    await declared(console, tenant, "Bruno Dias", "Q10")
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/declaracoes?com=operadora")
    link = next(one for one in shown.all("a") if "lista.csv" in one.get("href", ""))
    answer = await ana.http.get(link.get("href", ""))
    assert answer.content.startswith("\ufeff".encode())
    header, *rows = lines(answer.text)
    shown_columns = [said(one) for one in shown.all("th", scope="col")][1 : len(header) + 1]
    assert header == shown_columns
    assert [row[0] for row in rows] == names(shown)
    every = lines((await ana.http.get("/declaracoes/lista.csv")).text)[1:]
    assert len(every) == 2
    assert any(row[0].startswith("'=1+1") for row in every)
    trail = await Desk(console.declarations, tenant).audit_trail(
        "declarations", "declarations.exported"
    )
    assert [(one["actor"], '"total": 1' in one["details"]) for one in trail] == [
        ("ana", True),
        ("ana", False),
    ]


async def test_pages_follow_one_another_without_gap(console: World, tenant: int) -> None:
    for number in range(52):
        await declared(console, tenant, f"Pessoa {chr(97 + number % 26)}{chr(97 + number // 26)}")
    ana = await console.browser(tenant, "ana")
    first = await ana.get("/declaracoes")
    onward = next(one for one in first.all("a") if said(one) == "Próximas")
    second = await ana.get(onward.get("href", ""))
    assert len(names(first)) == 50
    assert len({*names(first), *names(second)}) == 52
    assert "52 declarações encontradas" in second.text


async def test_empty_silent_and_forbidden_differ(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    assert "Nenhuma declaração em aberto" in (await ana.get("/declaracoes")).text
    assert "Limpar filtros" in (await ana.get("/declaracoes?com=operadora")).text
    with console.silent("health_declaration"):
        silent = await ana.get("/declaracoes")
    assert silent.status == 503
    assert "Sem resposta desde" in silent.text
    refused = await (await console.browser(tenant, "sonia")).get("/declaracoes")
    assert refused.status == 403
    assert "Falta a permissão ds.read" in refused.text


async def test_names_that_cannot_be_had_stop_a_file_but_no_screen(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, "Ana Lima")
    ana = await console.browser(tenant, "ana")
    with console.silent("registry"):
        assert "pessoa não mostrada" in (await ana.get("/declaracoes")).text
        assert (await ana.http.get("/declaracoes/lista.csv")).status_code == 503
