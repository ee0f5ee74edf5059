"""One act on many tasks: marked or all that match, checked, confirmed, watched, called off."""

from typing import Any

import pytest

from services.worklist.usecases import rounds
from tests.support.console import Browser, World
from tests.support.page import Page, fields, said


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def worked(console: World) -> None:
    """The worker of the worklist goes round until nothing is left."""
    while await rounds.make(console.worklist.app.state.begin):
        pass


async def marked(browser: Browser, shown: Page, *task_ids: str, **more: str) -> Page:
    """The tasks marked in a list, and the button pressed."""
    form = shown.form("/tarefas/lotes/nova")
    boxes = {one.get("value") for one in shown.all("input", name="tarefa", form="bulk")}
    assert set(task_ids) <= boxes
    sent: dict[str, Any] = fields(form) | {"tarefa": list(task_ids)} | more
    return await browser.post(form.get("action", ""), sent)


async def asked(browser: Browser, composed: Page, **typed: str) -> Page:
    """The act chosen; the page of the job, or the form again."""
    form = composed.form("/tarefas/lotes?")
    ids = [one.get("value", "") for one in form.iter("input") if one.get("name") == "tarefa"]
    sent: dict[str, Any] = fields(form) | typed | {"tarefa": ids}
    answer = await browser.post(form.get("action", ""), sent)
    if answer.status != 303:
        return answer
    return await browser.get(answer.answer.headers["Location"])


def facts(shown: Page) -> dict[str, str]:
    told = shown.one("dl", class_="facts")
    return dict(
        zip(
            (said(one) for one in told.iter("dt")),
            (said(one) for one in told.iter("dd")),
            strict=True,
        )
    )


def address(shown: Page) -> str:
    """Of the page of a job."""
    return str(shown.answer.request.url.raw_path, "ascii")


async def test_marked_tasks_are_checked_first_and_taken_once_confirmed(
    console: World, tenant: int
) -> None:
    tasks = [await console.task(tenant, reference=f"DS-{number}") for number in range(3)]
    ana, alba = await console.browser(tenant, "ana"), await console.browser(tenant, "alba")
    theirs = await alba.get(f"/tarefas/{tasks[2]}")
    await alba.send(theirs, f"/tarefas/{tasks[2]}/assumir")
    composed = await marked(ana, await ana.get("/tarefas?visao=abertas"), *tasks)
    assert "Sobre 3 tarefas marcadas." in composed.text
    job = await asked(ana, composed, act="assumir")
    assert "Conferindo" in job.text
    await worked(console)
    checked = await ana.get(address(job))
    told = facts(checked)
    assert (told["Serão feitas"], told["Seriam recusadas"]) == ("2", "1")
    assert "já está com outra pessoa" in checked.text
    assert "Em aberto" in (await ana.get("/tarefas?visao=minhas")).text
    begun = await ana.send(checked, address(job).partition("?")[0] + "/iniciar")
    assert begun.status == 303
    await worked(console)
    done = await ana.get(begun.answer.headers["Location"])
    assert (facts(done)["Feitas"], facts(done)["Recusadas"]) == ("2", "1")
    assert "2 assumidas." in done.text
    assert "2 tarefas encontradas" in (await ana.get("/tarefas?visao=minhas")).text


async def test_all_that_match_are_more_than_the_page_shows(console: World, tenant: int) -> None:
    for _ in range(52):
        await console.task(tenant)
    await console.task(tenant, queue="ds.representation", skill="ds.analyse")
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/tarefas?fila=ds.analysis")
    composed = await marked(ana, shown, todas="sim")
    assert "Sobre todas as 52 tarefas" in composed.text
    job = await asked(ana, composed, act="assumir")
    assert facts(job)["Tarefas"] == "52"


async def test_the_script_asks_how_far_it_is_and_stops_asking_when_it_is_over(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    job = await asked(ana, await marked(ana, await ana.get("/tarefas"), task_id), act="assumir")
    (moving,) = [one for one in job.all("div", class_="job") if one.get("hx-get")]
    assert moving.get("hx-trigger") == "every 2s"
    await worked(console)
    part = await ana.get(moving.get("hx-get", ""))
    assert not part.has("html")
    assert not [one for one in part.all("div", class_="job") if one.get("hx-get")]
    assert "Conferida: nada mudou ainda. 1 podem ser feitas" in part.text


async def test_a_job_called_off_changes_nothing(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    job = await asked(ana, await marked(ana, await ana.get("/tarefas"), task_id), act="assumir")
    await ana.send(job, address(job).partition("?")[0] + "/cancelar")
    await worked(console)
    shown = await ana.get(address(job))
    assert "Cancelada" in shown.text
    assert "Você não tem tarefas." in (await ana.get("/tarefas?visao=minhas")).text


async def test_what_was_refused_is_had_as_a_file(console: World, tenant: int) -> None:
    barred = await console.task(tenant, barred=("ana",), reference="DS-77")
    ana = await console.browser(tenant, "ana")
    job = await asked(ana, await marked(ana, await ana.get("/tarefas"), barred), act="assumir")
    await worked(console)
    assert "Nenhuma pode ser feita" in (await ana.get(address(job))).text
    answer = await ana.http.get(address(job).partition("?")[0] + "/recusadas.csv")
    assert answer.text.splitlines() == [
        "\ufeffProtocolo;Tarefa;Por que não;Código",
        f"DS-77;{barred};outra pessoa precisa fazê-la;four-eyes",
    ]


async def test_what_an_act_needs_is_asked_for_where_it_stands(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    await console.colleagues(tenant, "alba")
    ana = await console.browser(tenant, "ana")
    composed = await marked(ana, await ana.get("/tarefas"), task_id)
    refused = await asked(ana, composed, act="repassar", reason="x")
    assert refused.status == 422
    assert refused.one("select", id="to").get("aria-invalid") == "true"
    kept = fields(refused.form("/tarefas/lotes?"))
    assert (kept["act"], kept["reason"], kept["tarefa"]) == ("repassar", "x", task_id)
    assert (await asked(ana, composed)).status == 422
    job = await asked(ana, refused, to="alba", reason="Férias")
    assert said(job.one("h1")) == "Ação em massa: repassar"


async def test_nothing_marked_is_told(console: World, tenant: int) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    refused = await marked(ana, await ana.get("/tarefas"))
    assert refused.status == 422
    assert "Marque ao menos uma tarefa na lista." in refused.text


async def test_terms_are_moved_by_who_runs_the_place_alone(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana, sonia = await console.browser(tenant, "ana"), await console.browser(tenant, "sonia")
    for browser, offered in ((ana, False), (sonia, True)):
        composed = await marked(browser, await browser.get("/tarefas"), task_id)
        assert ("prazo" in {one.get("value") for one in composed.all("input", name="act")}) == (
            offered
        )
    wish = {"act": "prazo", "due_at": "2031-03-01T10:00", "reason": "Mutirão"}
    form = (await marked(ana, await ana.get("/tarefas"), task_id)).form("/tarefas/lotes?")
    sent: dict[str, Any] = fields(form) | wish
    assert (await ana.post(form.get("action", ""), sent)).status == 403


async def test_another_persons_job_is_not_shown(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana, alba = await console.browser(tenant, "ana"), await console.browser(tenant, "alba")
    job = await asked(ana, await marked(ana, await ana.get("/tarefas"), task_id), act="assumir")
    assert (await alba.get(address(job))).status == 404
