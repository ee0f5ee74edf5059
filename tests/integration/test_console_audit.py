"""S19, the trail over all services: filters, pages, chains, what is revealed and taken out."""

import csv
import io
from typing import Any

import pytest

from services.console.rules.trail import TrailPlace
from tests.support.api import Served
from tests.support.console import Browser, World
from tests.support.page import Page, fields, said
from tests.support.watched import exported, handed_over

HEAD = ["Quando", "Quem", "Login", "O que fez", "Onde", "Sobre", "Campos", "Motivo", "Elo"]
WHY = "Pedido do titular, ouvidoria 88"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def lines(shown: Page) -> list[list[str]]:
    """Who, what, where and about what, from the top."""
    rows = shown.one("section", id="list").iter("tr")
    found = [[said(cell) for cell in row.iter("td")] for row in rows]
    return [cells[1:5] for cells in found if cells]


async def trail(kept: Served, tenant: int, action: str) -> list[dict[str, Any]]:
    query = "select * from audit where tenant_id = $1 and action = $2 order by id"
    return await kept.rows(query, tenant, action)


async def diana(console: World, tenant: int) -> Browser:
    return await console.browser(tenant, "diana")


async def test_one_list_tells_what_was_done_in_every_service_the_newest_first(
    console: World, tenant: int
) -> None:
    person_id = await exported(console, tenant)
    await console.colleagues(tenant, "ana")
    shown = await (await diana(console, tenant)).get("/auditoria")
    assert shown.status == 200
    assert lines(shown) == [
        ["sistema", "Entrou", "Console", "diana"],
        ["Pessoa sonia", "Mudou o registro de um colega", "Tarefas", "ana"],
        ["Pessoa diana", "Exportou os dados de uma pessoa", "Cadastro", person_id],
    ]
    assert "3 registros nesta página." in shown.text
    assert shown.one("title").text == "Auditoria · Vínculo"


async def test_an_address_opens_the_filters_it_names(console: World, tenant: int) -> None:
    first, second = [await exported(console, tenant, sub) for sub in ("diana", "davi")]
    browser = await diana(console, tenant)
    by_davi = await browser.get("/auditoria?servico=registry&ator=davi")
    assert [line[3] for line in lines(by_davi)] == [second]
    assert fields(by_davi.one("form", id="filters"))["ator"] == "davi"
    about = await browser.get(f"/auditoria?assunto={first}")
    assert [line[3] for line in lines(about)] == [first]
    entered = await browser.get("/auditoria?acao=session.begun")
    assert [line[1] for line in lines(entered)] == ["Entrou"]
    nothing = await browser.get("/auditoria?acao=person.erased")
    assert "Nenhum registro com estes filtros." in nothing.text


async def test_days_are_those_of_sao_paulo(console: World, tenant: int) -> None:
    await exported(console, tenant)
    at = "2027-03-02T00:49:00+00:00"
    query = "update audit set at = $2::text::timestamptz where tenant_id = $1"
    await console.registry.rows(query, tenant, at)
    browser = await diana(console, tenant)
    path = "/auditoria?servico=registry"
    same_day = await browser.get(f"{path}&de=2027-03-01&ate=2027-03-01")
    assert "01/03/2027 21:49:00" in same_day.text
    assert lines(await browser.get(f"{path}&de=2027-03-02")) == []
    assert lines(await browser.get(f"{path}&ate=2027-02-28")) == []
    turned = await browser.get(f"{path}&de=2027-03-02&ate=2027-03-01")
    assert turned.status == 422
    assert "O primeiro dia vem depois do último." in turned.text


async def test_pages_go_on_where_each_service_stopped(console: World, tenant: int) -> None:
    people = {await exported(console, tenant) for _ in range(30)}
    for number in range(30):
        headers = console.worklist.as_(tenant, "supervisor", sub="sonia")
        body = {"version": 0, "name": f"Colega {number}"}
        await console.worklist.http.put(f"/colleagues/c{number}", json=body, headers=headers)
    browser = await diana(console, tenant)
    first = await browser.get("/auditoria")
    (onward,) = [one for one in first.all("a") if said(one) == "Mais antigos"]
    second = await browser.get(onward.get("href", ""))
    told = [line[3] for line in lines(first) + lines(second)]
    assert len(told) == len(set(told)) == 61
    assert {*told} == people | {"diana"} | {f"c{number}" for number in range(30)}
    assert "e há mais" in first.text
    assert "e há mais" not in second.text


async def test_a_person_is_found_by_name_and_stands_in_the_address_by_id_alone(
    console: World, tenant: int
) -> None:
    person_id = await exported(console, tenant)
    await exported(console, tenant)
    browser = await diana(console, tenant)
    found = await browser.send(await browser.get("/auditoria"), "/auditoria/pessoas", wanted="bia")
    links = [one.get("href") for one in found.one("main").iter("a")]
    assert f"/auditoria?pessoa={person_id}" in links
    shown = await browser.get(f"/auditoria?pessoa={person_id}")
    assert [line[3] for line in lines(shown)] == [person_id]
    assert "Sobre Bia Moura, o cadastro e as declarações." in shown.text
    with console.silent("health_declaration"):
        less = await browser.get(f"/auditoria?pessoa={person_id}")
    assert "Falta o que se fez nas declarações da pessoa." in less.text
    short = await browser.send(shown, "/auditoria/pessoas", wanted="b")
    assert (short.status, short.has("div", role="alert")) == (422, True)


async def test_a_silent_service_takes_its_own_trail_and_no_other(
    console: World, tenant: int
) -> None:
    person_id = await exported(console, tenant)
    browser = await diana(console, tenant)
    with console.silent("worklist"):
        shown = await browser.get("/auditoria")
        checked = await browser.get("/auditoria/cadeia")
        sheet = await browser.send(shown, "/auditoria/exportar", motivo=WHY)
    assert shown.status == 200
    assert person_id in shown.text
    assert "Falta a trilha de Tarefas. A lista de tarefas não responde agora." in shown.text
    assert "Tentar de novo" in shown.text
    assert checked.text.count("Cadeia íntegra") == 4
    assert sheet.status == 503
    assert await trail(console.console, tenant, "trail.exported") == []


async def test_what_somebody_typed_is_shown_once_it_was_noted_who_reads_it_and_why(
    console: World, tenant: int
) -> None:
    task_id = await handed_over(console, tenant, "Ela conhece este caso")
    browser = await diana(console, tenant)
    shown = await browser.get(f"/auditoria?assunto={task_id}&acao=task.handed_over")
    assert "Ela conhece este caso" not in shown.answer.text
    unexplained = await browser.send(shown, "/auditoria/revelar", motivo="curto")
    assert unexplained.status == 422
    assert "Escreva o motivo, com ao menos 10 letras." in unexplained.text
    assert "Ela conhece" not in unexplained.answer.text
    revealed = await browser.send(unexplained, "/auditoria/revelar", motivo=WHY)
    assert "Ela conhece este caso" in revealed.text
    [noted] = await trail(console.worklist, tenant, "trail.revealed")
    assert noted["actor"] == "diana"
    assert WHY not in noted["reason"]
    again = await browser.get("/auditoria?acao=trail.revealed")
    assert lines(again)[0][:3] == ["Diana Freire", "Revelou um motivo da trilha", "Tarefas"]


async def test_words_that_were_kept_in_clear_are_hidden_all_the_same(
    console: World, tenant: int
) -> None:
    insert = (
        "insert into audit (tenant_id, actor, actor_name, action, subject, reason)"
        " values ($1, 'sara', 'Sara', 'interview.given_up_for', 'd-1', 'Ela está internada')"
    )
    await console.registry.rows(insert, tenant)
    browser = await diana(console, tenant)
    shown = await browser.get("/auditoria?acao=interview.given_up_for")
    assert "internada" not in shown.answer.text
    sheet = await browser.http.post(
        "/auditoria/exportar?acao=interview.given_up_for",
        data={"motivo": WHY, "by": "diana"},
        headers={"Origin": "https://console.test"},
    )
    assert "d-1" in sheet.text
    assert "internada" not in sheet.text
    revealed = await browser.send(shown, "/auditoria/revelar", motivo=WHY)
    assert "Ela está internada" in revealed.text
    [noted] = await trail(console.registry, tenant, "trail.revealed")
    assert WHY not in noted["reason"]


async def test_only_what_is_hidden_can_be_revealed(console: World, tenant: int) -> None:
    await exported(console, tenant)
    browser = await diana(console, tenant)
    [row] = await console.registry.rows("select id from audit where tenant_id = $1", tenant)
    for source, number in (("registry", row["id"]), ("registry", "x"), ("nada", 1), ("console", 0)):
        form = {"servico": source, "registro": str(number), "motivo": WHY}
        assert (await browser.post("/auditoria/revelar", form)).status == 404
    for kept in (console.console, console.registry):
        assert await trail(kept, tenant, "trail.revealed") == []


async def test_the_file_holds_what_the_screen_shows_and_its_taking_is_noted(
    console: World, tenant: int
) -> None:
    await handed_over(console, tenant, "=HYPERLINK(secreto)")
    browser = await diana(console, tenant)
    shown = await browser.get("/auditoria?servico=worklist")
    refused = await browser.send(shown, "/auditoria/exportar", motivo=" ")
    assert refused.status == 422
    sent = await browser.http.post(
        "/auditoria/exportar?servico=worklist",
        data={"motivo": WHY, "by": "diana"},
        headers={"Origin": "https://console.test"},
    )
    assert sent.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sent.headers["Content-Disposition"] == 'attachment; filename="trilha.csv"'
    assert sent.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(sent.content.decode("utf-8-sig")), delimiter=";")
    assert head == HEAD
    assert [[row[1], row[3], row[4], row[5]] for row in rows] == lines(shown)
    assert "secreto" not in sent.text
    [noted] = await trail(console.console, tenant, "trail.exported")
    assert '"rows": 3' in noted["details"]


async def test_a_broken_chain_is_told_with_the_place_where_it_broke(
    console: World, tenant: int
) -> None:
    for _ in range(3):
        await exported(console, tenant)
    await console.registry.rows(
        "update audit set chain_seq = 4, prev = '', hash = 'x' where id ="
        " (select max(id) from audit where tenant_id = $1)",
        tenant,
    )
    shown = await (await diana(console, tenant)).get("/auditoria/cadeia")
    assert "Cadeia rompida no registro 4" in shown.text
    assert shown.text.count("Cadeia íntegra: 0 registros") == 4


async def test_entries_that_never_join_the_chain_raise_an_alarm(
    console: World, tenant: int
) -> None:
    await exported(console, tenant)
    browser = await diana(console, tenant)
    assert "1 a caminho da cadeia" in (await browser.get("/auditoria/cadeia")).text
    query = "update audit set at = at - interval '2 minutes' where tenant_id = $1"
    await console.registry.rows(query, tenant)
    assert "1 fora da cadeia" in (await browser.get("/auditoria/cadeia")).text


async def test_whoever_may_not_read_the_trail_is_told_who_may_and_the_attempt_is_noted(
    console: World, tenant: int
) -> None:
    ana = await console.browser(tenant, "ana")
    for path in ("/auditoria", "/auditoria/cadeia"):
        shown = await ana.get(path)
        assert shown.status == 403
        assert "Quem tem essa permissão: encarregado de dados." in shown.text
    noted = await trail(console.console, tenant, "access.denied")
    assert [one["subject"] for one in noted] == ["GET /auditoria", "GET /auditoria/cadeia"]


async def test_too_many_lines_for_a_file_are_refused_and_not_cut(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.routes.audit.EXPORTED", 2)
    for _ in range(2):
        await exported(console, tenant)
    browser = await diana(console, tenant)
    refused = await browser.send(await browser.get("/auditoria"), "/auditoria/exportar", motivo=WHY)
    assert refused.status == 422
    assert "escolha menos dias" in refused.text
    assert await trail(console.console, tenant, "trail.exported") == []


def test_what_is_no_position_of_ours_begins_anew() -> None:
    for cursor in ("x", "registry", "registry.-1", "nobody.3", "registry.²", "a.1-b.2"):
        assert TrailPlace(cursor=cursor).positions == {}
    assert TrailPlace(cursor="registry.3-worklist.1").positions == {"registry": 3, "worklist": 1}
