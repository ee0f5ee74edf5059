"""S25, administration: queues, hours, colleagues, roles and texts, over the real worklist."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.console import Browser, World
from tests.support.inbox import ZONE
from tests.support.page import Page, fields, said

QUEUE = "/administracao/filas/ds.analysis"
HOURS = "/administracao/horarios/matriz"
ALBA = "/administracao/pessoas/alba"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def sonia(console: World, tenant: int) -> Browser:
    return await console.browser(tenant, "sonia")


async def send(browser: Browser, shown: Page, action: str, **typed: Any) -> Page:
    """Sends the first form to an address with what stands in it, save what is typed anew."""
    form = next(one for one in shown.tree.iter("form") if one.get("action") == action)
    named = {
        name if name == "away_until" else name.replace("_", "-"): value
        for name, value in typed.items()
    }
    return await browser.post(action, {**fields(form), **named})


def region(shown: Page, name: str) -> str:
    return said(shown.one("div", aria_label=name))


async def test_the_overview_tells_queues_hours_and_colleagues(console: World, tenant: int) -> None:
    await console.task(tenant)
    await console.colleagues(tenant, "ana")
    shown = await (await sonia(console, tenant)).get("/administracao")
    assert shown.status == 200
    queue = region(shown, "Lista de filas")
    for words in ("Análise de declarações", "9 h de expediente", "padrão da casa"):
        assert words in queue
    assert "2 h de expediente depois de assumida: avisar quem está com ela" in queue
    assert "Ana Prado" in region(shown, "Lista de colegas")
    assert "presente" in region(shown, "Lista de colegas")


async def test_a_queue_is_written_and_shown_as_it_was_written(console: World, tenant: int) -> None:
    await console.colleagues(tenant, "ana", "alba")
    browser = await sonia(console, tenant)
    typed: dict[str, Any] = {"title": "Análise", "minutes": "300", "supervisors": ["sonia", "ana"]}
    typed |= {"step_0_minutes": "60", "step_0_anchor": "claimed", "step_0_acts": ["release"]}
    done = await send(browser, await browser.get(QUEUE), QUEUE, **typed)
    assert done.status == 200
    assert "Fila gravada" in done.text
    again = await browser.get(QUEUE)
    ticked = [one.get("value") for one in again.all("input") if "checked" in one.attrib]
    assert ticked == ["release", "ana", "sonia"]
    queue = region(await browser.get("/administracao"), "Lista de filas")
    assert "Análise ds.analysis 5 h de expediente" in queue
    assert "1 h de expediente depois de assumida: devolver à fila" in queue


async def test_who_writes_over_what_another_wrote_reads_who_and_what_and_keeps_the_text(
    console: World, tenant: int
) -> None:
    await console.colleagues(tenant, "ana")
    browser = await sonia(console, tenant)
    shown = await browser.get(QUEUE)
    body = {"version": 0, "title": "Análise", "minutes": 600, "hours": "usual"}
    headers = console.worklist.as_(tenant, "supervisor", sub="ana")
    path = "/queues/ds.analysis"
    assert (await console.worklist.http.put(path, json=body, headers=headers)).is_success
    late = await send(browser, shown, QUEUE, title="Análise", minutes="300")
    assert late.status == 409
    assert "Ana Prado mudou isto em " in late.text
    assert "agora: 600" in late.text
    assert late.one("input", id="minutes").get("value") == "300"
    done = await send(browser, late, QUEUE)
    assert done.status == 200
    rows = await console.worklist.rows(
        "select minutes from queue where tenant_id = $1 order by version", tenant
    )
    assert [row["minutes"] for row in rows] == [600, 300]


async def test_a_form_sent_twice_is_written_once(console: World, tenant: int) -> None:
    browser = await sonia(console, tenant)
    shown = await browser.get(QUEUE)
    twice = [await send(browser, shown, QUEUE, title="Análise", minutes="300") for _ in range(2)]
    assert [one.status for one in twice] == [200, 200]
    rows = await console.worklist.rows("select 1 from queue where tenant_id = $1", tenant)
    assert len(rows) == 1


async def test_what_does_not_fit_is_told_at_its_field_with_the_text_kept(
    console: World, tenant: int
) -> None:
    browser = await sonia(console, tenant)
    wrong = await send(
        browser, await browser.get(QUEUE), QUEUE, title="A", minutes="muitos", step_0_minutes="5"
    )
    assert wrong.status == 422
    for name in ("title", "minutes", "ladder"):
        assert wrong.has("p", id=f"{name}-wrong")
    assert wrong.one("input", id="minutes").get("value") == "muitos"
    hours = await send(browser, await browser.get(HOURS), HOURS, day_1="manhã", holidays="natal")
    assert hours.status == 422
    assert hours.has("p", id="day-1-wrong")
    assert "natal" in said(hours.one("textarea", id="holidays"))


async def test_hours_have_split_shifts_lunch_and_holidays_and_a_queue_takes_them(
    console: World, tenant: int
) -> None:
    browser = await sonia(console, tenant)
    door = await browser.get("/administracao/horarios?nome=matriz")
    assert (door.status, door.answer.headers["Location"]) == (303, HOURS)
    shown = await browser.get(HOURS)
    assert shown.one("input", id="day-0").get("value") == "08:00-12:00, 13:00-18:00"
    typed = {"day_4": "8:00 às 12:00", "holidays": "25/01/2027 Aniversário da cidade"}
    done = await send(browser, shown, HOURS, state="SP", **typed)
    assert (done.status, "Horário gravado" in done.text) == (200, True)
    listed = region(await browser.get("/administracao"), "Lista de horários")
    assert "matriz Brasília, SP 08:00-12:00, 13:00-18:00" in listed
    assert "08:00-12:00não trabalhanão trabalha1" in listed
    queue = await send(browser, await browser.get(QUEUE), QUEUE, title="Análise", hours="matriz")
    assert queue.status == 200


async def test_a_day_that_is_never_worked_is_refused_by_the_worklist_in_words(
    console: World, tenant: int
) -> None:
    browser = await sonia(console, tenant)
    blank = {f"day_{number}": "" for number in range(7)}
    refused = await send(browser, await browser.get(HOURS), HOURS, **blank)
    assert refused.status == 422
    assert (
        said(refused.one("p", id="week-wrong")) == "o horário tem trabalho de menos para os prazos"
    )


async def test_a_colleague_is_written_with_queues_limit_deputy_and_absence(
    console: World, tenant: int
) -> None:
    await console.colleagues(tenant, "ana")
    browser = await sonia(console, tenant)
    shown = await browser.get(ALBA)
    assert not shown.offers(f"{ALBA}/ausencia")
    form = {"version": "0", "name": "Alba Queiroz", "capacity": "7", "queues": ["ds.audit"]}
    done = await browser.post(ALBA, form)
    assert (done.status, "Colega gravado." in done.text) == (200, True)
    halfway = await send(browser, done, f"{ALBA}/ausencia", deputy="ana")
    assert halfway.status == 422
    assert "Informe quem substitui e até quando, ou nenhum dos dois" in halfway.text
    too_long = await send(browser, halfway, f"{ALBA}/ausencia", away_until="2099-03-01T21:49")
    assert (too_long.status, "até 90 dias à frente" in too_long.text) == (422, True)
    day = datetime.now(ZONE).date() + timedelta(days=60)
    away = await send(browser, too_long, f"{ALBA}/ausencia", away_until=f"{day}T21:49")
    told = f"Ana Prado substitui até {day:%d/%m/%Y} 21:49"
    assert f"Ausente: {told}" in away.text
    listed = region(await browser.get("/administracao"), "Lista de colegas")
    assert told in listed
    back = await browser.post(f"{ALBA}/ausencia", {"version": "2"})
    assert (back.status, "Presente." in back.text) == (200, True)


async def test_what_a_colleague_can_do_is_told_by_how_they_last_came_in(
    console: World, tenant: int
) -> None:
    browser = await sonia(console, tenant)
    form = {"version": "0", "name": "Alba", "capacity": "7", "queues": ["ds.analysis", "ds.audit"]}
    unknown = await browser.post(ALBA, form)
    assert "Com este login ninguém entrou no último dia." in unknown.text
    await console.browser(tenant, "alba")
    told = said((await browser.get(ALBA)).one("section", aria_labelledby="reach-title"))
    assert "Papéis: análise, como contou a última entrada, em" in told
    assert "Áreas abertas: Tarefas, Declarações, Pessoas, CPTs." in told
    assert "Filas em que pode assumir tarefas: Análise de declarações." in told
    assert "sem efeito Está em Auditoria médica" in told
    assert "Ler dados de saúde ds.clinical ◐ dado sensível" in told


async def test_roles_are_seen_alone_and_summed(console: World, tenant: int) -> None:
    browser = await sonia(console, tenant)
    every = await browser.get("/administracao/papeis")
    assert len(list(every.one("main").iter("details"))) == 11
    both = await browser.get("/administracao/papeis?papel=analyst&papel=auditor&papel=nada")
    assert "análise e auditoria médica" in both.text
    assert "Decidir a auditoria médica" in both.text
    assert "Publicar regras" not in both.text


async def test_the_texts_that_are_sent_are_shown(console: World, tenant: int) -> None:
    browser = await sonia(console, tenant)
    shown = await browser.get("/administracao/modelos")
    assert "Sua adesão ao plano: falta a sua declaração" in shown.text
    assert "{{ link_url }}" in shown.text
    with console.silent("contact"):
        less = await browser.get("/administracao/modelos")
    assert "O serviço de contatos não responde agora" in less.text


async def test_a_silent_worklist_is_told_in_its_parts_and_loses_no_text(
    console: World, tenant: int
) -> None:
    browser = await sonia(console, tenant)
    shown = await browser.get(QUEUE)
    with console.silent("worklist"):
        overview = await browser.get("/administracao")
        kept = await send(browser, shown, QUEUE, title="Análise fina")
    assert overview.status == 200
    assert overview.text.count("A lista de tarefas não responde agora") == 3
    assert kept.status == 503
    assert "Análise fina" in "".join("".join(one.itertext()) for one in kept.all("textarea"))


async def test_only_who_runs_the_place_comes_in(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    for path in ("/administracao", QUEUE, "/administracao/papeis", "/administracao/modelos"):
        shown = await ana.get(path)
        assert shown.status == 403
        assert "Quem tem essa permissão: supervisão." in shown.text
    assert (await ana.post(ALBA, {"version": "0", "name": "Alba"})).status == 403


async def test_an_address_of_nothing_is_not_there(console: World, tenant: int) -> None:
    browser = await sonia(console, tenant)
    assert (await browser.get("/administracao/nada/x")).status == 404
    assert (await browser.get("/administracao/nada?nome=x")).status == 404
    assert (await browser.get("/administracao/filas?nome=../x")).status == 422
