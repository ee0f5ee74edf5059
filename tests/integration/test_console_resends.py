"""Links sent again to many: counted before, told one by one, never sent twice."""

from uuid import uuid4

import httpx
import pytest

from contracts.health_declaration.events import LinkIssued
from services.console.usecases import resends
from tests.integration.test_console_declarations import declared, lines
from tests.support.console import Browser, World, changed
from tests.support.page import Page, fields, said

PATH = "/declaracoes/reenvios"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def ended(console: World, tenant: int, declaration_id: str) -> None:
    """The person withdrew by telling somebody at the desk."""
    headers = console.declarations.as_(tenant, "desk")
    http = console.declarations.http
    seen = (await http.get(f"/declarations/{declaration_id}", headers=headers)).json()
    body = {"version": seen["version"], "reason": "mudou de plano"}
    path = f"/declarations/{declaration_id}/withdrawal"
    answer = await http.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text


async def issued(console: World, tenant: int) -> int:
    """How many links were ever sent."""
    return len(await console.declarations.facts(tenant, LinkIssued))


async def previewed(browser: Browser, query: str = "", **more: str) -> Page:
    shown = await browser.get(f"/declaracoes{query}")
    given = fields(shown.form(f"{PATH}/conferir")) | more
    return await browser.post(shown.form(f"{PATH}/conferir").get("action", ""), given)


async def begun(browser: Browser, **more: str) -> Page:
    """The page of a job that was confirmed."""
    preview = await previewed(browser, **more)
    form = preview.form(f"{PATH}?")
    sent = await browser.http.post(
        form.get("action", ""),
        data=fields(form) | {"sure": "sim"},
        headers={"Origin": "https://console.test"},
    )
    assert sent.status_code == 303, sent.text
    return await browser.get(sent.headers["Location"])


async def test_who_is_ticked_gets_a_link_after_the_number_was_confirmed(
    console: World, tenant: int
) -> None:
    first = await declared(console, tenant, "Ana Lima")
    await declared(console, tenant, "Bruno Dias")
    rita = await console.browser(tenant, "rita")
    before = await issued(console, tenant)
    preview = await previewed(rita, alcance="marcadas", **{f"um.{first}": "x"})
    assert "Reenviar o link a 1 pessoa?" in preview.text
    form = preview.form(f"{PATH}?")
    unsure = await rita.post(form.get("action", ""), fields(form))
    assert unsure.status == 422
    assert await issued(console, tenant) == before
    job = await begun(rita, alcance="marcadas", **{f"um.{first}": "x"})
    assert "0 de 1" in job.text
    done = await go_on(rita, job)
    assert "1 de 1: 1 enviado, 0 falhas · terminado" in done.text
    assert await issued(console, tenant) == before + 1


@pytest.mark.parametrize("named", ["../cpts", "x", "", "1/link?"])
async def test_what_is_ticked_is_an_id_or_there_is_no_such_page(
    console: World, tenant: int, named: str
) -> None:
    rita = await console.browser(tenant, "rita")
    form = {"alcance": "marcadas", "by": "rita", f"um.{named}": "x", "total": "1", "sure": "sim"}
    for path in (f"{PATH}/conferir", PATH):
        assert (await rita.post(path, form | {"key": str(uuid4())})).status == 404


async def test_no_more_are_ticked_at_once_than_are_sent_at_once(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resends, "MOST", 1)
    rita = await console.browser(tenant, "rita")
    form = {"alcance": "marcadas", "by": "rita"} | {f"um.{uuid4()}": "x" for _ in range(2)}
    refused = await rita.post(f"{PATH}/conferir", form)
    assert refused.status == 422
    assert "Declarações demais de uma vez" in refused.text


async def go_on(browser: Browser, shown: Page) -> Page:
    form = next(
        one for one in shown.tree.iter("form") if one.get("action", "").endswith("/continuar")
    )
    return await browser.post(form.get("action", ""), fields(form))


async def test_all_that_match_are_sent_one_and_each_failure_is_told(
    console: World, tenant: int
) -> None:
    gone = await declared(console, tenant, "Ana Lima")
    await declared(console, tenant, "Bruno Dias")
    await declared(console, tenant, "Carla Reis")
    rita = await console.browser(tenant, "rita")
    job = await begun(rita, alcance="todas")
    await ended(console, tenant, gone)
    done = await go_on(rita, job)
    assert "3 de 3: 2 enviados, 1 falha" in done.text
    file = next(one for one in done.all("a") if one.get("href", "").endswith("falhas.csv"))
    header, *rows = lines((await rita.http.get(file.get("href", ""))).text)
    assert header[0] == "Pessoa"
    assert [row[:2] for row in rows] == [["Ana Lima", gone]]
    assert rows[0][2]


async def test_a_list_that_changed_since_is_read_again(console: World, tenant: int) -> None:
    await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    preview = await previewed(rita, alcance="todas")
    await declared(console, tenant, "Bruno Dias")
    form = preview.form(f"{PATH}?")
    again = await rita.post(form.get("action", ""), fields(form) | {"sure": "sim"})
    assert again.status == 409
    assert "Eram 1, agora são 2" in again.text
    assert "Reenviar o link a 2 pessoas?" in again.text


async def test_a_form_sent_twice_begins_one_job_and_sends_each_link_once(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    before = await issued(console, tenant)
    preview = await previewed(rita, alcance="todas")
    form = preview.form(f"{PATH}?")
    given = fields(form) | {"sure": "sim"}
    for _ in range(2):
        await rita.post(form.get("action", ""), given)
    job = await rita.get(f"{PATH}/{given['key']}")
    for _ in range(2):
        await go_on(rita, job)
    assert await issued(console, tenant) == before + 1
    listed = await rita.get(PATH)
    assert len([one for one in listed.all("a") if given["key"] in one.get("href", "")]) == 1


async def test_an_answer_that_was_lost_is_asked_for_again_and_sent_once(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    job = await begun(rita, alcance="todas")
    before = await issued(console, tenant)

    async def died(*_: object) -> None:
        raise httpx.ConnectError("the process ended here")

    with monkeypatch.context() as patched:
        patched.setattr(resends, "_note", died)
        assert (await go_on(rita, job)).status >= 500
    assert await issued(console, tenant) == before + 1
    found = await rita.get(f"{PATH}/{job.answer.url.path.rpartition('/')[2]}")
    assert "0 de 1" in found.text
    assert "1 de 1: 1 enviado" in (await go_on(rita, found)).text
    assert await issued(console, tenant) == before + 1


async def test_a_silent_service_leaves_the_rest_to_be_sent(console: World, tenant: int) -> None:
    await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    job = await begun(rita, alcance="todas")
    with console.silent("health_declaration"):
        silent = await go_on(rita, job)
    assert silent.status == 503
    assert "0 de 1" in silent.text
    assert "1 enviado" in (await go_on(rita, silent)).text


async def test_many_are_sent_in_parts_and_what_was_stopped_stays_unsent(
    console: World, tenant: int
) -> None:
    for name in ("Ana Lima", "Bruno Dias", "Carla Reis"):
        await declared(console, tenant, name)
    rita = await console.browser(tenant, "rita")
    job = await begun(rita, alcance="todas")
    with changed(resends, "AT_ONCE", 2):
        part = await go_on(rita, job)
    assert "2 de 3: 2 enviados" in part.text
    form = next(one for one in part.tree.iter("form") if one.get("action", "").endswith("/parar"))
    stopped = await rita.post(form.get("action", ""), fields(form))
    assert "parado; 1 não foram enviados" in stopped.text
    assert not any(one.get("action", "").endswith("/continuar") for one in stopped.all("form"))


async def test_a_job_is_seen_by_whoever_began_it_and_by_nobody_else(
    console: World, tenant: int
) -> None:
    await declared(console, tenant, "Ana Lima")
    job = await begun(await console.browser(tenant, "rita"), alcance="todas")
    address = job.answer.url.path
    assert (await (await console.browser(tenant, "ana")).get(address)).status == 404
    refused = await (await console.browser(tenant, "otto")).get(PATH)
    assert refused.status == 403
    assert "ds.link" in refused.text


async def test_nothing_ticked_is_told_and_sends_nothing(console: World, tenant: int) -> None:
    await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    shown = await previewed(rita, alcance="marcadas")
    assert shown.status == 422
    assert "Nenhuma declaração escolhida" in said(shown.one("h1"))
