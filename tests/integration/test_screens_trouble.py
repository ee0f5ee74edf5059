"""What goes wrong at the desk, as whoever sits there meets it in Chromium: no word is lost."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Locator, Page, Response, Route, expect

from services.console.routes.live import hub_of
from tests.integration.test_console_analysis import TEXT, Case, at_analysis
from tests.integration.test_screens_rules import CPT, at, drafted
from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World, changed
from tests.support.screen import Screen, Screens

NAME = "مريم \u202eאנה 👩🏽‍⚕️ 𐍈ova"
"""Right to left, an override of direction, an emoji of many parts, a letter of four bytes."""

WARNED_AFTER_MS = (30 - 2) * 60_000 + 5_000
"""Of a session that rests: two minutes before its half hour is over."""


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


@pytest.fixture
async def case(console: World) -> Case:
    return await at_analysis(console)


def opinion(page: Page) -> Locator:
    summary = page.locator("summary", has_text="Concluir com parecer")
    return page.locator("#panel details", has=summary)


def sent(page: Page) -> Locator:
    return opinion(page).get_by_role("button", name="Enviar à auditoria médica")


async def writing(screen: Screen, case: Case) -> Locator:
    """Ana in the middle of an opinion; where she writes."""
    await screen.sign_in(case.tenant, "ana", case.url)
    await screen.page.get_by_role("button", name="Assumir", exact=True).click()
    form = opinion(screen.page)
    await form.locator("summary").click()
    await form.get_by_label("Com doença preexistente: oferecer CPT").check()
    await form.locator("input[name='cid.Q10']").fill("E11")
    text = form.get_by_label("Parecer", exact=True)
    async with screen.page.expect_response(_keeps_the_text):
        await text.fill(TEXT)
    await screen.page.get_by_text("Guardado às").wait_for()
    return text


def _keeps_the_text(answer: Response) -> bool:
    sent = parse_qs(answer.request.post_data or "") if "/rascunhos/" in answer.url else {}
    return "".join(sent.get("text", [])).split() == TEXT.split()


async def test_a_task_claimed_between_open_and_save_tells_by_whom_and_when(
    console: World, tenant: int, screens: Screens
) -> None:
    task_id = await console.task(tenant)
    async with screens.window(CONSOLE_URL) as ana, screens.window(CONSOLE_URL) as alba:
        await ana.sign_in(tenant, "ana", f"/tarefas/{task_id}?visao=abertas")
        await alba.sign_in(tenant, "alba", f"/tarefas/{task_id}?visao=abertas")
        await ana.page.get_by_role("button", name="Assumir", exact=True).click()
        await expect(ana.page.locator("#panel")).to_contain_text("Tarefa assumida")
        await alba.page.get_by_role("button", name="Assumir", exact=True).click()
        alert = alba.page.locator("#panel").get_by_role("alert")
        await expect(alert).to_be_focused()
        await expect(alert).to_contain_text("Ana Prado")
        await expect(alba.page.locator("#list")).to_contain_text("Ana Prado")
        await expect(alba.page.locator("#panel")).to_contain_text("Ana Prado, desde")


async def test_a_case_that_ended_meanwhile_gives_the_opinion_back_to_be_copied(
    case: Case, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await writing(screen, case)
        await case.desk.done("rita", case.case_id, "withdrawal", reason="Desistiu por telefone.")
        await sent(screen.page).click()
        panel = screen.page.locator("#panel")
        await expect(panel.get_by_role("alert")).to_be_focused()
        await expect(panel).to_contain_text("desistência")
        kept = panel.get_by_label("Texto guardado")
        assert TEXT in [await one.input_value() for one in await kept.all()]


async def test_a_service_that_is_down_takes_its_lane_alone_and_no_word(
    case: Case, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        text = await writing(screen, case)
        with case.console.silent("health_declaration"):
            await sent(page).click()
            await expect(page.locator("#notice")).to_contain_text("Nada do que você escreveu")
            await expect(text).to_have_value(TEXT)
            other = await page.context.new_page()
            await other.goto(CONSOLE_URL + case.url)
            await expect(other.locator("#panel")).to_contain_text("não responde agora")
            await expect(other.locator("#panel h2")).to_have_text("Bia Moura")
            await expect(other.locator("#list [data-row]")).to_have_count(1)
        await sent(page).click()
        await expect(page.locator("main")).to_contain_text("Parecer registrado")


async def test_a_line_that_is_cut_is_told_within_a_minute_and_heals_by_itself(
    console: World, tenant: int, screens: Screens
) -> None:
    app = console.console.app
    with changed(app.state, "hub", hub_of(app, 0.1)):
        async with screens.window(CONSOLE_URL) as screen:
            await screen.page.clock.install()
            await screen.sign_in(tenant, "ana", "/tarefas")
            live = screen.page.locator("#live")
            await expect(live).to_contain_text("ao vivo")
            await screen.page.context.set_offline(True)
            await screen.page.clock.fast_forward(65_000)
            await expect(live).to_contain_text("parado há 1 min")
            await expect(live).to_have_class("live stale")
            await console.task(tenant)
            await screen.page.context.set_offline(False)
            await expect(live).to_contain_text("ao vivo")
            await expect(screen.page.locator("#news")).to_contain_text("1 nova tarefa")
            screen.trouble.clear()


async def test_a_line_refused_while_the_console_is_renewed_is_taken_up_again(
    console: World, tenant: int, screens: Screens
) -> None:
    refused: list[str] = []

    async def renewed(route: Route) -> None:
        if refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.fulfill(status=503)

    async with screens.window(CONSOLE_URL) as screen:
        await screen.page.route("**/tarefas/ao-vivo", renewed)
        async with screen.page.expect_response(_streams):
            await screen.sign_in(tenant, "ana", "/tarefas")
        assert refused
        screen.trouble.clear()


def _streams(answer: Response) -> bool:
    return answer.url.endswith("/tarefas/ao-vivo") and answer.status == 200


async def test_a_session_that_ends_in_the_middle_of_an_opinion_keeps_it(
    case: Case, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        text = await writing(screen, case)
        await case.console.console.rows(
            "delete from session where tenant_id = $1 returning sub", case.tenant
        )
        await sent(page).click()
        notice = page.locator("#notice")
        await expect(notice).to_contain_text("O que está nesta página continua aqui.")
        await expect(text).to_have_value(TEXT)
        async with page.context.expect_page() as opened:
            await notice.get_by_role("link", name="Entre de novo em outra aba").click()
        door = await opened.value
        await door.get_by_label("Outra pessoa").fill(f"{case.tenant}/ana")
        await door.get_by_role("button", name="Entrar", exact=True).click()
        await door.wait_for_url(f"{CONSOLE_URL}/**")
        await sent(page).click()
        await expect(page.locator("main")).to_contain_text("Parecer registrado")


async def test_a_session_warns_before_it_ends_and_what_is_typed_outlives_it(
    case: Case, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page, ending, ended = (
            screen.page,
            screen.page.locator("#ending"),
            screen.page.locator("#ended"),
        )
        await page.clock.install()
        text = await writing(screen, case)
        await expect(ending).to_be_hidden()
        await page.clock.fast_forward(WARNED_AFTER_MS)
        await expect(ending).to_contain_text("Sua sessão vai terminar")
        await expect(ending.get_by_role("button", name="Continuar")).to_be_focused()
        assert await screen.findings() == []
        # The session itself is as old as it was: only the clock of the page went ahead.
        await page.clock.set_system_time(datetime.now(UTC))
        await ending.get_by_role("button", name="Continuar").click()
        await expect(ending).to_be_hidden()
        await expect(text).to_have_value(TEXT)
        await case.console.console.rows(
            "delete from session where tenant_id = $1 returning sub", case.tenant
        )
        await page.clock.fast_forward(WARNED_AFTER_MS)
        await expect(ended).to_contain_text("O que está nesta página continua aqui.")
        assert await screen.findings() == []
        await ended.get_by_role("button", name="Fechar").click()
        await expect(text).to_have_value(TEXT)


async def test_rows_that_overlap_and_a_cell_of_another_kind_are_told_at_their_cells(
    console: World, tenant: int, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "raul", f"{CPT}/rascunho")
        for row, column, typed, why in (
            (0, 1, "C00-D09", "Sobrepõe-se a D00-D09."),
            (4, 3, "doze", "valor inválido"),
        ):
            await at(page, row, column).fill(typed)
            await page.keyboard.press("Control+Enter")
            wrong = page.locator(f"#linhas-{row}-{column}-w")
            await expect(wrong).to_have_text(why)
            await expect(at(page, row, column)).to_have_attribute("aria-invalid", "true")
            await expect(at(page, row, column)).to_have_value(typed)
        await expect(page.locator("#summary")).to_contain_text("1 problema impede publicar")
        await page.locator("#summary a[href='#linhas-4-3']").click()
        await expect(at(page, 4, 3)).to_be_focused()


async def test_a_stale_draft_shows_both_hands_and_loses_neither(
    console: World, tenant: int, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "rosa", f"{CPT}/rascunho")
        await drafted(console, tenant, "raul", linhas_1_3="6", linhas_2_3="7")
        await at(page, 1, 3).fill("9")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("alert")).to_contain_text("raul mudou este rascunho")
        await page.get_by_role("button", name="Salvar assim").click()
        await expect(at(page, 1, 3)).to_have_value("9")
        await expect(at(page, 2, 3)).to_have_value("7")


async def test_two_tabs_of_one_person_decide_once(case: Case, screens: Screens) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await writing(screen, case)
        other = await screen.page.context.new_page()
        await other.goto(CONSOLE_URL + case.url)
        await expect(opinion(other).get_by_label("Parecer", exact=True)).to_have_value(TEXT)
        await sent(other).click()
        await expect(other.locator("main")).to_contain_text("Parecer registrado")
        await sent(screen.page).click()
        alert = screen.page.locator("#panel").get_by_role("alert")
        await expect(alert).to_contain_text("Você, em outra aba")
        given = await case.desk.audit_trail(case.case_id, "opinion.given")
        assert len(given) == 1


async def test_a_name_in_any_writing_stays_within_its_place(
    console: World, tenant: int, screens: Screens
) -> None:
    person_id = await console.person(tenant, NAME)
    await console.task(tenant, person_id)
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas")
        name = screen.page.locator("#list bdi").first
        await expect(name).to_have_text(NAME)
        await name.click()
        await expect(screen.page.locator("#panel h2 bdi")).to_have_text(NAME)
        await screen.go(f"/pessoas/{person_id}")
        await expect(screen.page.locator("h1 bdi")).to_have_text(NAME)
        assert await screen.overflow() == 0


async def test_at_21_49_the_agenda_stands_on_the_local_day(
    console: World, tenant: int, screens: Screens
) -> None:
    ward = Ward(console, tenant)
    ward.jump(ward.at(1, 21, 49))
    today = ward.desk.today()
    monday = today - timedelta(days=today.weekday())
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "sergio", "/entrevistas")
        week = screen.page.locator("input[name=semana]").first
        await expect(week).to_have_value(monday.isoformat())
