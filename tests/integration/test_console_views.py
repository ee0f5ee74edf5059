"""Saved views of the inbox: kept from what is shown, shared, begun in, changed, removed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.console import Browser, World
from tests.support.page import Page, fields, said


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def saved(shown: Page) -> dict[str, str]:
    """Saved views of the rail, with their counts."""
    if not shown.has("ul", id="saved"):
        return {}
    listed = (said(one).rpartition(" ") for one in shown.one("ul", id="saved").iter("a"))
    return {title: number for title, _, number in listed}


def link(shown: Page, words: str) -> str:
    return next(one.get("href", "") for one in shown.all("a") if said(one) == words)


async def kept(browser: Browser, query: str, **typed: str) -> Page:
    """A view saved of what an address shows; the list that it leads to."""
    shown = await browser.get(f"/tarefas?{query}")
    form = await browser.get(link(shown, "Salvar como visão"))
    sent = await browser.send(form, "/tarefas/visoes?", **{"title": "Da tarde"} | typed)
    assert sent.status == 303, sent.text
    return await browser.get(sent.answer.headers["Location"])


async def test_a_view_keeps_filters_order_and_columns_and_stands_in_the_rail_with_its_count(
    console: World, tenant: int
) -> None:
    await console.task(tenant)
    await console.task(tenant, queue="ds.representation", skill="ds.analyse", priority=1)
    ana = await console.browser(tenant, "ana")
    query = "visao=sem-dono&fila=ds.representation&prioridade=1&ordem=prioridade&coluna=owner"
    shown = await kept(ana, query)
    assert saved(shown) == {"Da tarde": "1"}
    assert saved(await ana.get("/tarefas?visao=minhas")) == {"Da tarde": "1"}
    again = await ana.get(link(shown, "Da tarde 1"))
    chosen = fields(again.one("form", id="filters"))
    assert (chosen["visao"], chosen["fila"], chosen["prioridade"]) == (
        "sem-dono",
        "ds.representation",
        "1",
    )
    assert [said(one) for one in again.one("section", id="list").iter("th")] == [
        "Marcar",
        "Pessoa",
        "Com quem",
    ]
    assert said(again.one("h1")) == "Da tarde"
    (current,) = [
        one for one in again.all("a", aria_current="page") if "visao=" in one.get("href", "")
    ]
    assert said(current) == "Da tarde 1"


async def test_a_view_of_what_falls_due_soon_goes_on_meaning_soon(
    console: World, tenant: int
) -> None:
    await console.task(tenant, due_at=datetime.now(UTC) + timedelta(hours=2))
    ana = await console.browser(tenant, "ana")
    shown = await kept(ana, "visao=vencendo&dono=ninguem")
    assert saved(shown) == {"Da tarde": "1"}
    chosen = fields(shown.one("form", id="filters"))
    assert (chosen["visao"], chosen["dono"]) == ("vencendo", "ninguem")


async def test_a_view_is_shared_with_a_team_and_changed_by_it(console: World, tenant: int) -> None:
    await console.task(tenant)
    ana, alba, rita = [await console.browser(tenant, who) for who in ("ana", "alba", "rita")]
    await kept(ana, "visao=vencidas", team="ds.analysis")
    shown = await alba.get("/tarefas")
    assert saved(shown) == {"Da tarde equipe": "0"}
    assert saved(await rita.get("/tarefas")) == {}
    opened = await alba.get(link(shown, "Da tarde equipe 0"))
    address = link(opened, "Mudar esta visão")
    form = await alba.get(address)
    path = address.partition("?")[0]
    assert fields(form.form(f"{path}?"))["team"] == "ds.analysis"
    assert (await alba.send(form, f"{path}?", title="Da equipe")).status == 303
    assert saved(await ana.get("/tarefas")) == {"Da equipe equipe": "0"}


async def test_a_view_is_renamed_and_takes_on_the_filters_of_now(
    console: World, tenant: int
) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    shown = await kept(ana, "visao=vencidas")
    view_id = fields(shown.one("form", id="filters"))["salva"]
    other = await ana.get(f"/tarefas?visao=abertas&salva={view_id}")
    path = f"/tarefas/visoes/{view_id}?"
    sent = await ana.send(await ana.get(link(other, "Mudar esta visão")), path, title="Todas")
    renamed = await ana.get(sent.answer.headers["Location"])
    assert saved(renamed) == {"Todas": "1"}
    assert fields(renamed.one("form", id="filters"))["visao"] == "abertas"


async def test_of_two_who_change_a_view_the_second_reads_who_was_first_and_keeps_the_text(
    console: World, tenant: int
) -> None:
    await console.task(tenant)
    ana, alba = await console.browser(tenant, "ana"), await console.browser(tenant, "alba")
    shown = await kept(ana, "visao=vencidas", team="ds.analysis")
    address = link(shown, "Mudar esta visão")
    path = address.partition("?")[0]
    first, second = await ana.get(address), await alba.get(address)
    assert (await ana.send(first, f"{path}?", title="Da manhã")).status == 303
    refused = await alba.send(second, f"{path}?", title="Da noite")
    assert refused.status == 409
    assert "mudou isto em" in said(refused.one("div", role="alert"))
    assert fields(refused.form(f"{path}?"))["title"] == "Da noite"


async def test_a_view_without_a_name_is_refused_where_the_name_stands(
    console: World, tenant: int
) -> None:
    ana = await console.browser(tenant, "ana")
    form = await ana.get("/tarefas/visoes/nova?visao=minhas")
    refused = await ana.send(form, "/tarefas/visoes?", title=" ", team="ds.analysis")
    assert refused.status == 422
    assert refused.one("input", id="title").get("aria-invalid") == "true"
    assert fields(refused.form("/tarefas/visoes?"))["team"] == "ds.analysis"


async def test_whoever_chose_a_view_begins_in_it(console: World, tenant: int) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    assert (await ana.get("/tarefas")).status == 200
    await kept(ana, "visao=sem-dono&fila=ds.analysis", begin="sim")
    begun = await ana.get("/tarefas")
    assert begun.status == 303
    shown = await ana.get(begun.answer.headers["Location"])
    assert saved(shown) == {"Da tarde inicial": "1"}
    assert (await ana.get("/tarefas?visao=minhas")).status == 200


async def test_a_view_is_removed_once_that_is_confirmed(console: World, tenant: int) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    shown = await kept(ana, "visao=vencidas", begin="sim")
    form = await ana.get(link(shown, "Mudar esta visão"))
    removal = next(
        one.get("action", "").partition("?")[0]
        for one in form.all("form")
        if "/apagar" in one.get("action", "")
    )
    refused = await ana.send(form, removal)
    assert refused.status == 422
    assert "Confirme que quer apagar." in refused.text
    assert fields(refused.form(f"{removal.removesuffix('/apagar')}?"))["begin"] == "sim"
    gone = await ana.send(form, removal, sure="sim")
    assert gone.status == 303
    assert saved(await ana.get(gone.answer.headers["Location"])) == {}


async def test_a_worklist_that_does_not_know_the_views_leaves_the_list(
    console: World, tenant: int
) -> None:
    raul = await console.browser(tenant, "raul")
    form = await raul.get("/tarefas/visoes/nova")
    refused = await raul.send(form, "/tarefas/visoes?", title="Minha")
    assert refused.status == 403
    assert "Falta a permissão tasks.read." in refused.text
