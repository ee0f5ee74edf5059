"""S1, the inbox: the list and its views, one task, what is done with it, conflicts and outages."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.health_declaration.tasks import TaskSettled, TaskWaiting
from kit.tokens import Verifier
from tests.support.console import ISSUER_URL, Browser, World, changed
from tests.support.page import Page, fields, said

NASTY = "<img src=x onerror=alert(1)>\u202eanA \U0001f9ea"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def names(shown: Page) -> list[str]:
    """Whom the list shows, from the top."""
    return [said(one) for one in shown.all("a", data_row="")]


def counts(shown: Page) -> dict[str, str]:
    """Views and their counts as the rail tells them."""
    listed = (said(one).rpartition(" ") for one in shown.one("ul", id="views").iter("a"))
    return {title: number for title, _, number in listed}


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


async def settle(console: World, tenant: int, task_id: str, **more: Any) -> None:
    settled = TaskSettled.model_validate(
        {"tenant_id": tenant, "task_id": task_id, "subject_id": "s", "outcome": "done"} | more
    )
    await console.worklist.hear(settled)


async def claimed(console: World, tenant: int, who: str, **more: Any) -> tuple[Browser, str]:
    """Somebody with a task of theirs."""
    task_id = await console.task(tenant, **more)
    browser = await console.browser(tenant, who)
    shown = await browser.get(f"/tarefas/{task_id}")
    assert (await browser.send(shown, f"/tarefas/{task_id}/assumir")).status == 200
    return browser, task_id


async def test_what_falls_due_first_stands_first(console: World, tenant: int) -> None:
    for name, hours, priority in (("Carla", 5, 0), ("Ana", -2, 3), ("Bruno", 1, 2)):
        person_id = await console.person(tenant, f"{name} Moura")
        await console.task(tenant, person_id, due_at=in_hours(hours), priority=priority)
    shown = await (await console.browser(tenant, "ana")).get("/tarefas")
    assert shown.status == 200
    assert names(shown) == ["Ana Moura", "Bruno Moura", "Carla Moura"]
    chips = [said(one) for one in shown.all("span") if one.get("class", "").startswith("tag")]
    assert [chip[0] for chip in chips] == ["▲", "◆", "·"]
    assert chips[0].startswith("▲ vencida há 2 h")
    assert "3 tarefas encontradas" in shown.text


async def test_each_view_tells_how_many_it_holds(console: World, tenant: int) -> None:
    ana, _ = await claimed(console, tenant, "ana", due_at=in_hours(48))
    await console.task(tenant, due_at=in_hours(2))
    await console.task(tenant, due_at=in_hours(-2))
    await settle(console, tenant, await console.task(tenant))
    waiting = await console.task(tenant, due_at=in_hours(48))
    await console.worklist.hear(TaskWaiting(tenant_id=tenant, task_id=waiting, subject_id="s"))
    shown = await ana.get("/tarefas")
    assert counts(shown) == {
        "Em aberto": "4",
        "Minhas": "1",
        "Sem dono": "3",
        "Vencendo": "2",
        "Vencidas": "1",
        "Escaladas": "0",
        "Aguardando terceiro": "1",
        "Adiadas": "0",
        "Concluídas": "1",
    }
    current = [one for one in shown.one("ul", id="views").iter("a") if one.get("aria-current")]
    assert [said(one) for one in current] == ["Em aberto 4"]


async def test_a_link_opens_the_view_the_filter_and_the_task_it_names(
    console: World, tenant: int
) -> None:
    audit = await console.task(tenant, queue="ds.audit", form="audit", skill="ds.audit")
    await console.task(tenant)
    otto = await console.browser(tenant, "otto")
    shown = await otto.get(f"/tarefas/{audit}?visao=sem-dono&fila=ds.audit")
    assert len(names(shown)) == 1
    assert shown.one("a", data_row="").get("aria-current") == "true"
    assert fields(shown.one("form", id="filters"))["fila"] == "ds.audit"
    assert "Auditar parecer" in said(shown.one("section", id="panel"))
    assert shown.one("title").text == "Sem dono · Tarefas · Vínculo"
    assert "1 tarefa encontrada" in shown.text


async def test_tasks_of_one_person_are_found_by_their_id(console: World, tenant: int) -> None:
    person_id = await console.person(tenant, "Dora Dias")
    await console.task(tenant, person_id)
    await console.task(tenant, await console.person(tenant, "Eva Luz"))
    shown = await (await console.browser(tenant, "ana")).get(f"/tarefas?pessoa={person_id}")
    assert names(shown) == ["Dora Dias"]
    assert fields(shown.one("form", id="filters"))["pessoa"] == person_id


async def test_the_script_gets_the_list_alone_with_counts_and_the_number_announced(
    console: World, tenant: int
) -> None:
    await console.task(tenant)
    ana = await console.browser(tenant, "ana", script=True)
    shown = await ana.get("/tarefas?visao=sem-dono", target="list")
    assert not shown.has("html")
    assert len(names(shown)) == 1
    targets = [one.get("hx-target") for one in shown.all("hx-partial")]
    assert targets == ["#rail", "#tools", "#alive", "#total", "#notice"]


async def test_going_back_in_history_gets_the_whole_page(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana", script=True)
    restored = {"HX-History-Restore-Request": "true"}
    assert (await ana.get("/tarefas", target="list", **restored)).has("html")


async def test_pages_follow_one_another_without_gap(console: World, tenant: int) -> None:
    task_ids = [await console.task(tenant, due_at=in_hours(hours)) for hours in range(53)]
    ana = await console.browser(tenant, "ana")
    first = await ana.get("/tarefas")
    onward = next(one for one in first.all("a") if said(one) == "Próximas")
    second = await ana.get(onward.get("href", ""))
    rows = [
        one.get("id", "").removeprefix("row-")
        for shown in (first, second)
        for one in shown.all("tr")
        if one.get("id")
    ]
    assert rows == task_ids
    assert "53 tarefas encontradas" in second.text
    assert any(said(one) == "Do começo" for one in second.all("a"))


@pytest.mark.parametrize(
    ("query", "said_there", "link"),
    [
        ("", "Fila limpa: nenhuma tarefa em aberto.", None),
        ("?visao=minhas", "Você não tem tarefas.", "/tarefas?visao=sem-dono"),
        ("?fila=ds.audit", "Nenhuma tarefa com estes filtros.", "/tarefas?visao=abertas"),
    ],
)
async def test_an_empty_list_says_why_and_what_to_do(
    console: World, tenant: int, query: str, said_there: str, link: str | None
) -> None:
    shown = await (await console.browser(tenant, "ana")).get(f"/tarefas{query}")
    words = said(shown.one("section", id="list"))
    assert said_there in words
    links = [one.get("href") for one in shown.one("section", id="list").iter("a")]
    assert links == ([link] if link else [])


async def test_a_list_that_may_not_be_read_says_who_may(console: World, tenant: int) -> None:
    raul = await console.browser(tenant, "raul")
    shown = await raul.get("/tarefas")
    assert shown.status == 403
    words = said(shown.one("section", id="list"))
    assert "Falta a permissão tasks.read." in words
    assert "Quem tem essa permissão: atendimento, análise" in words
    one = await raul.get("/tarefas/abc")
    assert one.status == 403
    assert "Quem tem essa permissão: atendimento, análise" in one.text


async def test_a_login_that_a_service_does_not_believe_is_told_with_the_way_in(
    console: World, tenant: int
) -> None:
    ana = await console.browser(tenant, "ana")
    stranger = Verifier(f"{ISSUER_URL}/jwks", "https://another.test", "vinculo", {}, console.idp)
    with changed(console.worklist.app.state, "verifier", stranger):
        shown = await ana.get("/tarefas?visao=minhas")
    links = [one.get("href") for one in shown.one("section", id="list").iter("a")]
    assert (shown.status, links) == (401, ["/entrar?de=/tarefas%3Fvisao%3Dminhas"])


async def test_a_worklist_that_is_silent_is_told_with_a_way_to_try_again(
    console: World, tenant: int
) -> None:
    ana = await console.browser(tenant, "ana")
    with console.silent("worklist"):
        shown = await ana.get("/tarefas?visao=vencidas")
        panel = await ana.get("/tarefas/abc?visao=vencidas")
    assert shown.status == 503
    assert "A lista de tarefas não responde agora" in said(shown.one("section", id="list"))
    again = shown.one("section", id="list").iter("a")
    assert [one.get("href") for one in again] == ["/tarefas?visao=vencidas"]
    assert panel.status == 503
    assert panel.one("a", class_="button").get("href") == "/tarefas/abc?visao=vencidas"


async def test_a_registry_that_is_silent_leaves_the_list_without_names(
    console: World, tenant: int
) -> None:
    await console.task(tenant, await console.person(tenant))
    ana = await console.browser(tenant, "ana")
    with console.silent("registry"):
        shown = await ana.get("/tarefas")
    assert shown.status == 200
    assert names(shown) == ["pessoa não mostrada"]


async def test_a_task_is_taken_by_a_plain_form(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}?visao=sem-dono")
    taken = await ana.send(shown, f"/tarefas/{task_id}/assumir")
    assert taken.status == 200
    assert taken.has("html")
    assert "Tarefa assumida" in said(taken.one("div", role="status", class_="notice done"))
    assert "Ana Prado, desde" in said(taken.one("section", id="panel"))
    assert not taken.offers(f"/tarefas/{task_id}/assumir")
    assert counts(taken)["Minhas"] == "1"


async def test_the_script_gets_the_task_its_line_and_the_counts_after_an_order(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana", script=True)
    shown = await ana.get(f"/tarefas/{task_id}", target="panel")
    assert not shown.has("html")
    taken = await ana.send(shown, f"/tarefas/{task_id}/assumir")
    partials = {one.get("hx-target", ""): one for one in taken.all("hx-partial")}
    assert set(partials) == {f"#row-{task_id}", "#rail", "#notice"}
    assert "Ana Prado" in said(partials[f"#row-{task_id}"])
    assert partials[f"#row-{task_id}"].find("tr") is not None
    assert "Tarefa assumida" in said(partials["#notice"])
    assert taken.one("div", role="status").get("data-focus") == ""


async def test_a_task_goes_back_to_its_queue(console: World, tenant: int) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    back = await ana.send(shown, f"/tarefas/{task_id}/devolver")
    assert "Tarefa devolvida à fila." in back.text
    assert back.offers(f"/tarefas/{task_id}/assumir")


async def test_of_two_who_take_a_task_at_once_one_has_it_and_the_other_reads_who(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant)
    ana, alba = [await console.browser(tenant, who) for who in ("ana", "alba")]
    pages = [await one.get(f"/tarefas/{task_id}") for one in (ana, alba)]
    action = f"/tarefas/{task_id}/assumir"
    answers = await asyncio.gather(ana.send(pages[0], action), alba.send(pages[1], action))
    assert sorted(one.status for one in answers) == [200, 409]
    winner = answers.index(next(one for one in answers if one.status == 200))
    lost = answers[1 - winner]
    name = ("Ana Prado", "Alba Queiroz")[winner]
    told = said(lost.one("div", role="alert"))
    assert f"{name} assumiu esta tarefa em" in told
    assert f"{name}, desde" in said(lost.one("section", id="panel"))
    assert not lost.offers(action)


async def test_a_task_that_changed_meanwhile_is_shown_as_it_is_and_text_is_kept(
    console: World, tenant: int
) -> None:
    await console.colleagues(tenant, "alba", "otto")
    ana, task_id = await claimed(console, tenant, "ana")
    old = await ana.get(f"/tarefas/{task_id}")
    await console.worklist.hear(TaskWaiting(tenant_id=tenant, task_id=task_id, subject_id="s"))
    reason = 'Vou sair de férias & "volto"'
    action = f"/tarefas/{task_id}/repassar"
    lost = await ana.send(old, action, to="alba", reason=reason)
    assert lost.status == 409
    assert "O andamento do caso mudou isto em" in said(lost.one("div", role="alert"))
    form = lost.form(action)
    assert fields(form)["reason"] == reason
    assert fields(form)["to"] == "alba"
    assert fields(form)["version"] != fields(old.form(action))["version"]
    done = await ana.send(lost, action)
    assert done.status == 200
    assert "Tarefa repassada." in done.text
    assert "Alba Queiroz" in said(done.one("section", id="panel"))


async def test_a_task_that_ended_meanwhile_says_so(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    await settle(console, tenant, task_id)
    late = await ana.send(shown, f"/tarefas/{task_id}/assumir")
    assert late.status == 409
    assert "Esta tarefa já terminou." in said(late.one("div", role="alert"))
    assert not late.offers(f"/tarefas/{task_id}/")


async def test_whoever_acted_on_the_case_before_is_told_why_not(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant, barred=("ana",))
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    refused = await ana.send(shown, f"/tarefas/{task_id}/assumir")
    assert refused.status == 403
    assert "Outra pessoa precisa fazer esta tarefa." in said(refused.one("div", role="alert"))


async def test_a_task_is_put_away_until_a_local_moment(console: World, tenant: int) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    put = await ana.send(shown, f"/tarefas/{task_id}/adiar", until=f"{day}T21:49")
    assert put.status == 200
    year, month, number = day.split("-")
    assert f"até {number}/{month}/{year} 21:49" in said(put.one("section", id="panel"))
    assert counts(put)["Adiadas"] == "1"


async def test_a_moment_that_is_none_is_asked_for_again(console: World, tenant: int) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    again = await ana.send(shown, f"/tarefas/{task_id}/adiar", until="amanhã")
    assert again.status == 422
    assert again.one("p", id="until-wrong").text == "Escolha dia e hora."
    field = again.one("input", id="until")
    assert (field.get("aria-invalid"), field.get("aria-describedby")) == ("true", "until-wrong")
    assert field.get("value") == "amanhã"


async def test_a_task_waits_for_the_other_party_once_it_owes_something(
    console: World, tenant: int
) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    assert not shown.has("input", name="how", value="answered")
    await console.worklist.hear(TaskWaiting(tenant_id=tenant, task_id=task_id, subject_id="s"))
    shown = await ana.get(f"/tarefas/{task_id}")
    put = await ana.send(shown, f"/tarefas/{task_id}/adiar", how="answered")
    assert put.status == 200
    assert "até a outra parte responder" in put.text


async def test_a_reason_that_is_missing_is_told_at_its_field(console: World, tenant: int) -> None:
    await console.colleagues(tenant, "alba")
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    again = await ana.send(shown, f"/tarefas/{task_id}/repassar", to="alba")
    assert again.status == 422
    assert again.one("p", id="reason-wrong").text == "campo obrigatório"
    assert fields(again.form(f"/tarefas/{task_id}/repassar"))["to"] == "alba"


async def test_a_form_sent_twice_is_done_once(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    action = f"/tarefas/{task_id}/assumir"
    twice = [await ana.send(shown, action) for _ in range(2)]
    assert [one.status for one in twice] == [200, 200]
    rows = await console.worklist.rows("select version from task where id = $1", task_id)
    assert rows[0]["version"] == 2


async def test_whoever_runs_the_place_moves_a_term_with_a_reason(
    console: World, tenant: int
) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    assert not (await ana.get(f"/tarefas/{task_id}")).offers(f"/tarefas/{task_id}/prazo")
    sonia = await console.browser(tenant, "sonia")
    shown = await sonia.get(f"/tarefas/{task_id}")
    action = f"/tarefas/{task_id}/prazo"
    again = await sonia.send(shown, action, due_at="2030-01-02T10:30")
    assert again.status == 422
    assert again.one("p", id="term-reason-wrong").text == "campo obrigatório"
    assert not again.has("p", id="reason-wrong")
    done = await sonia.send(again, action, reason="Pedido do diretor médico")
    assert done.status == 200
    assert "02/01/2030 10:30" in said(done.one("section", id="panel"))


async def test_whoever_has_it_open_is_told_who_else_has(console: World, tenant: int) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana", script=True)
    alba = await console.browser(tenant, "alba", script=True)
    assert (await ana.post(f"/tarefas/{task_id}/presenca")).text == ""
    assert (await alba.post(f"/tarefas/{task_id}/presenca")).text == "● Ana Prado está vendo"
    with console.silent("worklist"):
        quiet = await alba.post(f"/tarefas/{task_id}/presenca")
    assert (quiet.status, quiet.text) == (200, "")


async def test_an_open_page_keeps_no_session_alive_with_nobody_at_it(
    console: World, tenant: int
) -> None:
    task_id = await console.task(tenant)
    ana = await console.browser(tenant, "ana", script=True)
    await console.console.rows(
        "update session set seen_at = seen_at - interval '20 minutes' where tenant_id = $1", tenant
    )
    before = (await ana.http.get("/sessao")).json()
    assert (await ana.post(f"/tarefas/{task_id}/presenca")).status == 200
    assert (await ana.http.get("/sessao")).json() == before
    await ana.get(f"/tarefas/{task_id}", target="panel")
    assert (await ana.http.get("/sessao")).json() != before


async def test_a_case_is_found_by_what_people_call_it(console: World, tenant: int) -> None:
    await console.task(tenant, reference="98765420261127000001")
    await console.task(tenant, reference="98765420261128000002")
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/tarefas?protocolo=98765420261127")
    assert "1 tarefa encontrada" in shown.text
    assert "98765420261127000001" in said(shown.one("section", id="list"))
    assert fields(shown.one("form", id="filters"))["protocolo"] == "98765420261127"


async def test_an_order_nobody_knows_is_not_there(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    assert (await ana.post("/tarefas/abc/inventar", {"version": "1"})).status == 404


async def test_a_task_of_another_tenant_is_not_there(console: World, tenant: int) -> None:
    task_id = await console.task(console.tenant())
    shown = await (await console.browser(tenant, "ana")).get(f"/tarefas/{task_id}")
    assert shown.status == 404
    assert "Tarefa não encontrada" in shown.text


async def test_a_name_with_markup_and_another_direction_stays_a_name(
    console: World, tenant: int
) -> None:
    person_id = await console.person(tenant, NASTY)
    task_id = await console.task(tenant, person_id)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    assert shown.all("img") == []
    held = [one for one in shown.all("bdi") if NASTY.split("\u202e")[0] in said(one)]
    assert len(held) == 2
    assert "onerror" not in (shown.one("title").text or "")
    found = await ana.send(shown, "/busca", wanted="<b>anA</b>")
    assert found.all("b") == []


async def test_no_name_stands_in_an_address_or_a_title(console: World, tenant: int) -> None:
    person_id = await console.person(tenant, "Heloísa Rara")
    task_id = await console.task(tenant, person_id)
    shown = await (await console.browser(tenant, "ana")).get(f"/tarefas/{task_id}")
    kept = ("href", "action", "hx-get", "hx-post", "title")
    told = [one.get(name, "") for one in shown.tree.iter() for name in kept]
    assert "Rara" not in " ".join(told) + (shown.one("title").text or "")
    assert "Heloísa Rara" in shown.text


async def test_somebody_is_found_by_name_and_by_cpf_without_either_in_an_address(
    console: World, tenant: int
) -> None:
    person_id = await console.person(tenant, "Zuleica Andrade")
    ana = await console.browser(tenant, "ana")
    home = await ana.get("/tarefas")
    assert home.form("/busca").get("method") == "post"
    found = await ana.send(home, "/busca", wanted="zuleica")
    links = [one.get("href") for one in found.one("main").iter("a")]
    assert links == [f"/pessoas/{person_id}", f"/cpts?pessoa={person_id}"]
    assert "12/04/1990" in found.text
    nobody = await ana.send(home, "/busca", wanted="Inexistente")
    assert "Ninguém encontrado" in nobody.text
    short = await ana.send(home, "/busca", wanted="zu")
    assert (short.status, short.has("div", role="alert")) == (422, True)


async def test_whoever_may_not_know_people_is_told_who_may(console: World, tenant: int) -> None:
    raul = await console.browser(tenant, "raul")
    refused = await raul.send(await raul.get("/tarefas"), "/busca", wanted="Zuleica")
    assert refused.status == 403
    assert "Falta a permissão registry.read." in refused.text
    assert "análise" in refused.text


async def test_an_act_is_taken_back_from_the_task_it_was_done_to(
    console: World, tenant: int
) -> None:
    ana, task_id = await claimed(console, tenant, "ana")
    shown = await ana.get(f"/tarefas/{task_id}")
    undone = await ana.send(shown, f"/tarefas/{task_id}/desfazer")
    assert "Desfeito: a tarefa está como antes." in undone.text
    assert undone.offers(f"/tarefas/{task_id}/assumir")
    assert not undone.offers(f"/tarefas/{task_id}/desfazer")
