"""The inbox alive: told at once that something changed, asked apart what, moved by nobody."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from services.console.routes.live import hub_of
from tests.support.console import CONSOLE_URL, Browser, World, changed
from tests.support.page import Page, said
from tests.support.stream import Stream, streaming

PATH = "/tarefas/ao-vivo"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


@pytest.fixture(autouse=True)
def quickly(console: World) -> Iterator[None]:
    """The worklist is asked often enough for a test."""
    app = console.console.app
    with changed(app.state, "hub", hub_of(app, 0.02)):
        yield


def cookies(browser: Browser) -> dict[str, str]:
    told = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    return {"Host": CONSOLE_URL.removeprefix("https://"), "Cookie": told}


def watched(console: World, browser: Browser) -> AbstractAsyncContextManager[Stream]:
    return streaming(console.console.app, PATH, cookies(browser))


async def novelties(browser: Browser, shown: Page) -> Page:
    """What the script asks for when it heard of a change."""
    seen = [one.get("value", "") for one in shown.all("input", name="vista")]
    opened = [one.get("value", "") for one in shown.all("input", name="aberta")]
    sent: dict[str, Any] = {"vista": seen, "aberta": opened}
    return await browser.post(shown.one("div", id="news").get("hx-post", ""), sent)


async def seen(console: World, tenant: int) -> list[dict[str, Any]]:
    """When somebody was last at their session."""
    return await console.console.rows("select seen_at from session where tenant_id = $1", tenant)


async def aged(console: World, tenant: int) -> list[dict[str, Any]]:
    """The same, once it is long enough ago for another look to be noted."""
    return await console.console.rows(
        "update session set seen_at = seen_at - interval '5 minutes' where tenant_id = $1"
        " returning seen_at",
        tenant,
    )


async def test_a_change_of_another_person_is_told_to_whoever_watches(
    console: World, tenant: int
) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    async with watched(console, ana) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["cache-control"] == "no-store"
        assert "data: " in await stream.until("event: vivo")
        await console.task(tenant)
        await stream.until("event: mudou")


async def test_it_ends_with_the_session_and_keeps_none_alive(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.routes.live.LOOKED_EVERY", 0)
    ana = await console.browser(tenant, "ana")
    before = await aged(console, tenant)
    async with watched(console, ana) as stream:
        await stream.until("event: vivo")
        assert await seen(console, tenant) == before
        await ana.post("/sair")
        await stream.until("event: fim")
        await stream.end()


async def test_whoever_may_read_no_tasks_watches_none(console: World, tenant: int) -> None:
    raul = await console.browser(tenant, "raul")
    shown = await raul.get(PATH)
    assert shown.status == 403
    assert "Falta a permissão tasks.read." in shown.text
    assert (await console.stranger().get(PATH)).status == 303


async def test_new_tasks_are_told_and_the_list_stays_as_it_is(console: World, tenant: int) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana", script=True)
    shown = await ana.get("/tarefas?visao=sem-dono", target="content")
    quiet = await novelties(ana, shown)
    assert not quiet.all("a", hx_target="#list")
    for _ in range(3):
        await console.task(tenant)
    told = await novelties(ana, shown)
    (refresh,) = told.all("a", hx_target="#list")
    assert said(refresh) == "3 novas tarefas · atualizar"
    assert refresh.get("href") == "/tarefas?visao=sem-dono"
    assert [one.get("hx-target") for one in told.all("hx-partial")] == ["#rail"]
    assert "Sem dono 4" in told.text


async def test_a_task_that_went_is_told_as_a_change(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana, alba = await console.browser(tenant, "ana"), await console.browser(tenant, "alba")
    shown = await ana.get("/tarefas?visao=sem-dono")
    await alba.send(await alba.get(f"/tarefas/{task_id}"), f"/tarefas/{task_id}/assumir")
    (refresh,) = (await novelties(ana, shown)).all("a", hx_target="#list")
    assert said(refresh) == "A lista mudou · atualizar"


async def test_whoever_has_a_task_open_is_told_before_saving_that_another_changed_it(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant)
    ana, alba = await console.browser(tenant, "ana"), await console.browser(tenant, "alba")
    shown = await ana.get(f"/tarefas/{task_id}")
    assert not (await novelties(ana, shown)).all("div", role="alert")
    await alba.send(await alba.get(f"/tarefas/{task_id}"), f"/tarefas/{task_id}/assumir")
    told = said((await novelties(ana, shown)).one("div", role="alert"))
    assert "Esta tarefa mudou desde que você a abriu." in told
    assert "Está com Alba Queiroz." in told


async def test_asking_for_news_keeps_no_session_alive(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/tarefas")
    before = await aged(console, tenant)
    await novelties(ana, shown)
    assert await seen(console, tenant) == before


async def test_a_page_says_when_it_was_made(console: World, tenant: int) -> None:
    shown = await (await console.browser(tenant, "ana")).get("/tarefas")
    told = said(shown.one("p", id="live"))
    assert told.startswith("atualizado ")
    assert len(told.removeprefix("atualizado ")) == len("14:05:12")
