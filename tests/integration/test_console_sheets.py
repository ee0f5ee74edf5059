"""The list as a file: exactly what the screen shows, and kept in the trail."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.worklist.api import TaskPage
from services.console.queries import sheets
from tests.support.console import World
from tests.support.inbox import ZONE
from tests.support.page import said


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def rows_of(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


async def test_the_file_holds_the_rows_columns_and_order_of_the_screen(
    console: World, tenant: int
) -> None:
    due = datetime(2031, 3, 1, 0, 49, tzinfo=UTC)
    for number in range(53):
        person_id = await console.person(tenant, f"Pessoa {'abcdefghij'[number % 10]} Moura")
        later = due + timedelta(days=number)
        await console.task(tenant, person_id, due_at=later, reference=f"DS-{number:03d}")
    await console.task(tenant, queue="ds.representation", skill="ds.analyse")
    ana = await console.browser(tenant, "ana")
    query = "visao=abertas&fila=ds.analysis&coluna=due&coluna=reference&coluna=owner"
    shown = await ana.get(f"/tarefas?{query}")
    (address,) = [one.get("href", "") for one in shown.all("a") if said(one) == "Baixar planilha"]
    answer = await ana.http.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    taken = answer.headers["Content-Disposition"]
    named = 'attachment; filename="tarefas-%Y-%m-%d-%H%M.csv"'
    said_at = datetime.strptime(taken, named).replace(tzinfo=ZONE)
    assert timedelta(0) <= datetime.now(UTC) - said_at < timedelta(minutes=10)
    header, *rows = rows_of(answer.text)
    assert header == ["Prazo", "Situação", "Pessoa", "Protocolo", "Com quem"]
    assert len(rows) == 53
    assert "53 tarefas encontradas" in shown.text
    assert rows[0][:1] + rows[0][2:] == [
        "28/02/2031 21:49",
        "Pessoa a Moura",
        "DS-000",
        "ninguém",
    ]
    assert [row[3] for row in rows] == [f"DS-{number:03d}" for number in range(53)]
    (entry,) = await console.worklist.rows(
        "select actor, details from audit where tenant_id = $1 and action = 'tasks.exported'",
        tenant,
    )
    told = json.loads(entry["details"])
    assert (entry["actor"], told["rows"]) == ("ana", 53)
    assert told["query"]["queue"] == "ds.analysis"


async def test_a_task_that_moves_while_the_file_is_written_is_in_it_once(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = datetime(2031, 3, 1, 0, 49, tzinfo=UTC)
    for number in range(5):
        at = due + timedelta(days=number)
        await console.task(tenant, due_at=at, reference=f"DS-{number}")
    one_page = sheets.page

    async def moved(*asked: Any) -> TaskPage:
        told = await one_page(*asked)
        later = "update task set due_at = $1 where tenant_id = $2 and reference = 'DS-0'"
        await console.worklist.rows(later, due + timedelta(days=9), tenant)
        return told

    monkeypatch.setattr(sheets, "_AT_ONCE", 2)
    monkeypatch.setattr(sheets, "page", moved)
    ana = await console.browser(tenant, "ana")
    answer = await ana.http.get("/tarefas/planilha?coluna=reference")
    _, *rows = rows_of(answer.text)
    assert [row[1] for row in rows] == [f"DS-{number}" for number in range(5)]
    (entry,) = await console.worklist.rows(
        "select details from audit where tenant_id = $1 and action = 'tasks.exported'", tenant
    )
    assert json.loads(entry["details"])["rows"] == 5


async def test_what_was_typed_is_no_formula_in_the_file(console: World, tenant: int) -> None:
    await console.task(tenant, reference="=1+1;x")
    ana = await console.browser(tenant, "ana")
    answer = await ana.http.get("/tarefas/planilha?coluna=reference")
    assert rows_of(answer.text)[1] == ["pessoa não mostrada", "'=1+1;x"]


async def test_more_rows_than_are_borne_are_refused_with_what_to_do(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST", 2)
    monkeypatch.setattr(sheets, "_AT_ONCE", 2)
    for _ in range(3):
        await console.task(tenant)
    shown = await (await console.browser(tenant, "ana")).get("/tarefas/planilha")
    assert shown.status == 422
    assert "Restrinja o filtro" in shown.text


async def test_without_a_trail_there_is_no_file(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    with console.silent("worklist"):
        answer = await ana.http.get("/tarefas/planilha")
    assert answer.status_code == 503
