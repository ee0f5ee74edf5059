"""The inbox as people expect one, in Chromium: what is left and right, first, in sight, undone."""

import asyncio
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, Route, expect

from contracts.health_declaration.tasks import TaskWaiting
from services.console.routes.live import hub_of
from services.worklist.usecases import rounds
from tests.integration.test_console_analysis import Case, at_analysis
from tests.support.console import CONSOLE_URL, World, changed
from tests.support.screen import Screen, Screens

TEXT = "Trata há seis anos e não contou."
LATER = datetime(2031, 3, 1, 0, 49, tzinfo=UTC)
"""The evening before, where people are."""


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


@pytest.fixture
async def case(console: World) -> Case:
    return await at_analysis(console)


def rows(page: Page) -> Locator:
    """Whom the list shows."""
    return page.locator("#list [data-row]")


def decision(page: Page, title: str) -> Locator:
    """One of the decision forms of the open task."""
    return page.locator("#panel details", has=page.locator("summary", has_text=title))


async def hours(console: World, tenant: int, **due: float) -> None:
    """Tasks of these people, due in so many hours."""
    for name, number in due.items():
        at = datetime.now(UTC) + timedelta(hours=number)
        person_id = await console.person(tenant, f"{name} Moura")
        await console.task(tenant, person_id, due_at=at)


async def test_a_task_is_decided_beside_the_list_and_the_next_one_opens_by_itself(
    case: Case, screens: Screens
) -> None:
    caio = await case.console.person(case.tenant, "Caio Prates")
    await case.console.task(case.tenant, caio, due_at=LATER)
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(case.tenant, "ana", "/tarefas")
        await rows(page).first.click()
        await page.get_by_role("button", name="Assumir", exact=True).click()
        asked = decision(page, "Pedir documentos")
        await asked.locator("summary").click()
        left = await page.locator("#list").bounding_box()
        right = await page.locator("#panel").bounding_box()
        assert left is not None
        assert right is not None
        assert left["x"] + left["width"] <= right["x"]
        await asked.get_by_label("Documentos").fill("Laudo do cardiologista")
        await asked.get_by_role("button", name="Pedir documentos").click()
        await expect(page.locator("#panel h2")).to_have_text("Caio Prates")
        await expect(rows(page)).to_have_count(2)


async def test_the_soonest_stands_first_and_its_term_is_told_by_shape_words_and_hour(
    console: World, tenant: int, screens: Screens
) -> None:
    await hours(console, tenant, Carla=100, Ana=-2, Bruno=1)
    paused = await console.task(tenant, due_at=LATER)
    await console.worklist.hear(TaskWaiting(tenant_id=tenant, task_id=paused, subject_id="s"))
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas")
        names = ["Ana Moura", "Bruno Moura", "Carla Moura", "pessoa não mostrada"]
        await expect(rows(screen.page)).to_have_text(names)
        chips = screen.page.locator("#list .tag")
        assert [one.strip()[0] for one in await chips.all_inner_texts()] == ["▲", "◆", "·", "‖"]
        await expect(chips.first).to_contain_text("vencida há 2 h")
        title = await screen.page.locator("#list td[title]").nth(3).get_attribute("title")
        assert "28/02/2031" in (title or "")
        assert "21:49" in (title or "")
        await rows(screen.page).nth(3).click()
        await expect(screen.page.locator("#panel")).to_contain_text("o relógio está parado")


async def test_the_views_stand_in_sight_each_with_its_count(
    console: World, tenant: int, screens: Screens
) -> None:
    await hours(console, tenant, Ana=-2, Bruno=1, Carla=100)
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas")
        views = screen.page.locator("#views")
        for title, number in (("Em aberto", 3), ("Minhas", 0), ("Sem dono", 3), ("Vencidas", 1)):
            link = views.get_by_role("link", name=f"{title} {number}", exact=True)
            await expect(link).to_be_in_viewport()
        await rows(screen.page).first.click()
        await screen.page.get_by_role("button", name="Assumir", exact=True).click()
        await expect(views.get_by_role("link", name="Minhas 1")).to_be_visible()


async def test_a_view_is_saved_shared_and_changed_by_plain_users(
    console: World, tenant: int, screens: Screens
) -> None:
    await hours(console, tenant, Ana=-2, Bruno=1)
    async with screens.window(CONSOLE_URL) as ana, screens.window(CONSOLE_URL) as alba:
        address = "/tarefas?visao=vencidas&ordem=prioridade&coluna=due&coluna=priority"
        await ana.sign_in(tenant, "ana", address)
        await ana.page.get_by_role("link", name="Salvar como visão").click()
        await ana.page.get_by_label("Nome da visão").fill("Da tarde")
        await ana.page.get_by_label("Quem usa").select_option("ds.analysis")
        await ana.page.get_by_role("button", name="Salvar a visão").click()
        await expect(ana.page.locator("#saved")).to_contain_text("Da tarde equipe 1")
        await alba.sign_in(tenant, "alba", "/tarefas")
        await alba.page.locator("#saved").get_by_role("link").click()
        await expect(alba.page.locator("#list th")).to_have_text(
            ["Marcar", "Prazo", "Pessoa", "Prioridade"]
        )
        await alba.page.get_by_role("link", name="Mudar esta visão").click()
        await alba.page.get_by_label("Nome da visão").fill("Da equipe")
        await alba.page.get_by_role("button", name="Gravar as mudanças").click()
        await expect(alba.page.locator("h1")).to_have_text("Da equipe")
        await ana.page.reload()
        await expect(ana.page.locator("#saved")).to_contain_text("Da equipe")


async def test_a_link_opens_the_very_task_in_the_list_it_was_sent_from(
    console: World, tenant: int, screens: Screens
) -> None:
    await hours(console, tenant, Ana=2)
    wanted = await console.task(tenant, queue="ds.representation", skill="ds.analyse")
    address = f"/tarefas/{wanted}?visao=sem-dono&fila=ds.representation"
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "alba", address)
        assert screen.page.url == CONSOLE_URL + address
        await expect(rows(screen.page)).to_have_count(1)
        await expect(rows(screen.page)).to_have_attribute("aria-current", "true")
        await expect(screen.page.locator("#queue")).to_have_value("ds.representation")
        assert await screen.page.title() == "Sem dono · Tarefas · Vínculo"


async def test_text_survives_another_task_a_reload_and_a_refusal(
    case: Case, screens: Screens
) -> None:
    await case.console.task(case.tenant, due_at=LATER)
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(case.tenant, "ana", case.url)
        await page.get_by_role("button", name="Assumir", exact=True).click()
        opinion = decision(page, "Concluir com parecer")
        await opinion.locator("summary").click()
        text = opinion.get_by_label("Parecer", exact=True)
        await text.fill(TEXT)
        await page.get_by_text("Guardado às").wait_for()
        await rows(page).nth(1).click()
        await expect(page.locator("#panel")).not_to_contain_text("Concluir com parecer")
        await rows(page).first.click()
        await expect(text).to_have_value(TEXT)
        await page.reload()
        await expect(text).to_have_value(TEXT)
        await opinion.get_by_role("button", name="Enviar à auditoria médica").click()
        await expect(page.locator("#panel").get_by_role("alert")).to_be_focused()
        await expect(text).to_have_value(TEXT)


async def test_text_survives_another_task_or_a_reload_in_the_very_moment_it_was_typed(
    case: Case, screens: Screens
) -> None:
    await case.console.task(case.tenant, due_at=LATER)
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(case.tenant, "ana", case.url)
        await page.get_by_role("button", name="Assumir", exact=True).click()
        opinion = decision(page, "Concluir com parecer")
        await opinion.locator("summary").click()
        text = opinion.get_by_label("Parecer", exact=True)
        await text.fill(TEXT)
        await rows(page).nth(1).click()
        await expect(page.locator("#panel")).not_to_contain_text("Concluir com parecer")
        await rows(page).first.click()
        await expect(text).to_have_value(TEXT)
        await text.press("Control+End")
        await text.press_sequentially("!")
        await page.reload()
        await expect(text).to_have_value(f"{TEXT}!")


async def test_a_colleague_who_signed_in_meanwhile_sends_nothing_of_whoever_typed(
    case: Case, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(case.tenant, "ana", case.url)
        await page.get_by_role("button", name="Assumir", exact=True).click()
        opinion = decision(page, "Concluir com parecer")
        await opinion.locator("summary").click()
        text = opinion.get_by_label("Parecer", exact=True)
        await text.fill(TEXT)
        other = Screen(await page.context.new_page(), CONSOLE_URL)
        await other.go("/tarefas")
        await other.page.get_by_role("button", name="Sair", exact=True).click()
        await other.sign_in(case.tenant, "alba", "/tarefas")
        await opinion.get_by_role("button", name="Enviar à auditoria médica").click()
        await expect(page.locator("#notice")).to_contain_text("foi aberta por outra pessoa")
        await expect(text).to_have_value(TEXT)


async def test_ones_own_orders_never_conflict_and_anothers_is_told_before_saving(
    case: Case, screens: Screens
) -> None:
    app = case.console.console.app
    with changed(app.state, "hub", hub_of(app, 0.1)):
        async with screens.window(CONSOLE_URL) as screen:
            panel = screen.page.locator("#panel")
            await screen.sign_in(case.tenant, "ana", case.url)
            await screen.page.get_by_text("ao vivo").wait_for()
            for _ in range(2):
                await panel.get_by_role("button", name="Assumir", exact=True).click()
                await panel.get_by_role("button", name="Devolver à fila").click()
            await panel.get_by_role("button", name="Assumir", exact=True).click()
            await expect(panel).to_contain_text("Ana Prado, desde")
            await expect(panel.get_by_role("alert")).to_have_count(0)
            other = await case.console.browser(case.tenant, "ana")
            shown = await other.get(case.url)
            assert (await other.send(shown, f"{case.url}/devolver")).status == 200
            await expect(panel.get_by_role("alert")).to_contain_text("mudou desde que você a abriu")


async def test_what_can_be_undone_is_and_what_cannot_asks_first(
    case: Case, screens: Screens
) -> None:
    await case.desk.opine(case.case_id, ("Q10", "E11"))
    await case.next_task(queue="ds.audit", form="audit", skill="ds.audit")
    async with screens.window(CONSOLE_URL) as screen:
        panel = screen.page.locator("#panel")
        await screen.sign_in(case.tenant, "otto", case.url)
        await panel.get_by_role("button", name="Assumir", exact=True).click()
        await panel.get_by_role("button", name="Desfazer: não assumir").click()
        await expect(panel).to_contain_text("ninguém")
        await panel.get_by_role("button", name="Assumir", exact=True).click()
        audit = decision(screen.page, "Decidir a auditoria")
        await audit.locator("summary").click()
        await audit.get_by_label("Oferecer CPT").check()
        await audit.get_by_label("Fundamento").fill("De acordo.")
        await audit.get_by_role("button", name="Registrar decisão").click()
        await expect(panel.get_by_role("alert")).to_be_focused()
        await expect(audit.get_by_label("Fundamento")).to_have_value("De acordo.")
        await audit.get_by_label(re.compile("Conferi")).check()
        await audit.get_by_role("button", name="Registrar decisão").click()
        await expect(screen.page.locator("main")).to_contain_text("Decisão da auditoria registrada")


async def worked(console: World) -> None:
    """The worker of the worklist goes round until nothing is left."""
    while await rounds.make(console.worklist.app.state.begin):
        pass


def lines(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))


async def downloaded(page: Page, link: str) -> str:
    """What a link hands over as a file."""
    async with page.expect_download() as awaited:
        await page.get_by_role("link", name=link).click()
    return (await (await awaited.value).path()).read_text(encoding="utf-8")


async def test_one_act_reaches_all_that_match_and_each_refusal_is_a_line_of_a_file(
    console: World, tenant: int, screens: Screens
) -> None:
    tasks = [await console.task(tenant, reference=f"DS-{number:02d}") for number in range(53)]
    alba = await console.browser(tenant, "alba")
    for task_id in tasks[50:]:
        await alba.send(await alba.get(f"/tarefas/{task_id}"), f"/tarefas/{task_id}/assumir")
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "ana", "/tarefas?visao=abertas")
        await page.get_by_label("todas as 53 que combinam").check()
        await page.get_by_role("button", name="Agir sobre as marcadas").click()
        await page.get_by_label("Assumir").check()
        await page.get_by_role("button", name="Conferir sem mudar nada").click()
        await expect(page.get_by_role("button", name="Cancelar")).to_be_visible()
        await worked(console)
        await page.get_by_role("button", name="Assumir 50 tarefas").click()
        await expect(page.locator("#job")).to_contain_text("Em andamento")
        await worked(console)
        await expect(page.locator("#job")).to_contain_text("50 assumidas.")
        refused = lines(await downloaded(page, "Baixar as recusadas em planilha"))
        assert sorted(row[0] for row in refused[1:]) == ["DS-50", "DS-51", "DS-52"]


async def test_the_file_holds_the_rows_and_columns_of_the_screen(
    console: World, tenant: int, screens: Screens
) -> None:
    for number in range(3):
        due = LATER + timedelta(days=number)
        await console.task(tenant, due_at=due, reference=f"DS-{number}")
    await console.task(tenant, queue="ds.representation", skill="ds.analyse")
    async with screens.window(CONSOLE_URL) as screen:
        path = "/tarefas?visao=abertas&fila=ds.analysis&coluna=reference&coluna=owner"
        await screen.sign_in(tenant, "ana", path)
        shown = await screen.page.locator("#list th").all_inner_texts()
        table = await screen.page.locator("#list tbody tr td:not(.mark)").all_inner_texts()
        header, *rest = lines(await downloaded(screen.page, "Baixar planilha"))
        assert header == [one.strip() for one in shown[1:]]
        assert [cell for row in rest for cell in row] == [one.strip() for one in table]


async def test_an_evening_at_21_49_is_of_its_local_day_in_the_list_and_its_filter(
    console: World, tenant: int, screens: Screens
) -> None:
    await console.task(tenant, due_at=LATER, reference="DS-1")
    local = LATER.astimezone(ZoneInfo("America/Sao_Paulo")).date()
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", f"/tarefas?visao=abertas&de={local}&ate={local}")
        await expect(rows(screen.page)).to_have_count(1)
        await rows(screen.page).click()
        await expect(screen.page.locator("#panel")).to_contain_text("28/02/2031")
        await expect(screen.page.locator("#panel")).to_contain_text("21:49")
        day_after = local + timedelta(days=1)
        await screen.page.locator("#due-from").fill(str(day_after))
        await screen.page.locator("#due-from").dispatch_event("change")
        await expect(rows(screen.page)).to_have_count(0)


async def test_a_list_on_its_way_is_dimmed_and_never_blank(
    console: World, tenant: int, screens: Screens
) -> None:
    await console.task(tenant)
    async with screens.window(CONSOLE_URL) as screen:
        page, answered = screen.page, asyncio.Event()

        async def slowly(route: Route) -> None:
            await answered.wait()
            await route.continue_()

        await screen.sign_in(tenant, "ana", "/tarefas")
        await page.route("**/tarefas?*fila=ds.audit*", slowly)
        await page.locator("#queue").select_option("ds.audit")
        await expect(page.locator("#list")).to_have_css("opacity", "0.55")
        await expect(rows(page)).to_have_count(1)
        answered.set()
        await expect(page.locator("#list")).to_have_css("opacity", "1")
        await expect(page.locator("#list")).to_contain_text("Nenhuma tarefa com estes filtros.")


async def test_empty_refused_and_silent_differ_and_each_says_what_to_do(
    console: World, tenant: int, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        shown = screen.page.locator("#list")
        await screen.sign_in(tenant, "ana", "/tarefas?fila=ds.audit")
        await expect(shown).to_contain_text("Nenhuma tarefa com estes filtros.")
        with console.silent("worklist"):
            await shown.get_by_role("link", name="Limpar filtros").click()
            await expect(shown).to_contain_text("A lista de tarefas não responde agora")
        await shown.get_by_role("link", name="Tentar de novo").click()
        await expect(shown).to_contain_text("Fila limpa: nenhuma tarefa em aberto.")
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "raul", "/tarefas")
        shown = screen.page.locator("#list")
        await expect(shown).to_contain_text("Falta a permissão tasks.read.")
        await expect(shown).to_contain_text("Quem tem essa permissão")
