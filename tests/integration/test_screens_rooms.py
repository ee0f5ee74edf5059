"""One person, the trail, terms, words and focus, as people expect them, in Chromium."""

import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import expect

from tests.integration.test_console_person import CPF, known
from tests.integration.test_console_sheets import rows_of
from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World
from tests.support.public_pages import ORIGIN, PublicWorld
from tests.support.public_walk import signed
from tests.support.screen import PHONE, WIDE, Screen, Screens
from tests.support.watched import handed_over, in_doubt

WHY = "Pedido do titular, ouvidoria 88"
ENGLISH = re.compile(
    r"\b(the|and|with|from|error|loading|submit|save|cancel|search|name|task|pending|required"
    r"|invalid|unknown|none|null|true|false|undefined|interview|analysis|declaration|day|days"
    r"|ago|owner|queue|unread|next|previous|yes)\b",
    re.IGNORECASE,
)
ROOMS = {
    "ana": ["/tarefas", "/declaracoes", "/declaracoes/indicadores", "/atalhos"],
    "sergio": ["/entrevistas", "/entrevistas/horarios"],
    "otto": ["/cpts"],
    "rosa": ["/regras", "/regras/tabela-cpt"],
    "ivo": ["/integracoes"],
    "diana": ["/auditoria", "/auditoria/cadeia"],
    "sonia": ["/administracao", "/administracao/papeis?papel=analyst", "/administracao/modelos"],
}


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def test_one_screen_tells_who_it_is_what_they_have_and_what_happened(
    console: World, tenant: int, screens: Screens
) -> None:
    person_id = await known(console, tenant, social_name="Bia")
    for _ in range(3):
        await in_doubt(console, tenant, person_id, "failed")
    await console.task(tenant, person_id, skill="ds.link", form="respondent")
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "rita", f"/pessoas/{person_id}")
        card = page.locator(".card")
        await expect(card.locator("h1")).to_have_text("Bia")
        await expect(card).to_contain_text("Beatriz Moura")
        for lane in ("contratos", "declaracoes", "contatos", "consentimentos", "tarefas"):
            await expect(page.locator(f"#lane-{lane}")).to_be_visible()
        await expect(page.locator("#lane-contatos")).to_contain_text("falhou")
        history = page.locator("#lane-historico")
        await history.scroll_into_view_if_needed()
        await expect(history).to_contain_text("Cadastro registrado ou corrigido")
        await expect(card).to_be_in_viewport()
        await card.get_by_role("link", name="Tarefas desta pessoa").click()
        await expect(page.locator("#list [data-row]")).to_have_count(1)


async def test_a_document_is_masked_until_a_reason_is_given_and_kept(
    console: World, tenant: int, screens: Screens
) -> None:
    person_id = await known(console, tenant)
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "rita", f"/pessoas/{person_id}")
        await expect(page.locator(".card")).to_contain_text(f"***.{CPF[3:6]}.{CPF[6:9]}-**")
        assert CPF not in await page.content()
        await page.get_by_text("Ver o CPF inteiro").click()
        await page.get_by_role("button", name="Mostrar").click()
        await expect(page.locator("#reason-wrong")).to_be_visible()
        await page.get_by_label("Por que precisa vê-lo").fill("confirmar o titular")
        await page.get_by_role("button", name="Mostrar").click()
        await expect(page.locator(".card")).to_contain_text(f"{CPF[6:9]}-{CPF[9:]}")
        assert CPF not in page.url
    query = "select actor from audit where tenant_id = $1 and action = 'cpf.revealed'"
    assert [one["actor"] for one in await console.registry.rows(query, tenant)] == ["rita"]


async def test_the_trail_is_filtered_revealed_for_a_reason_checked_and_taken_along(
    console: World, tenant: int, screens: Screens
) -> None:
    task_id = await handed_over(console, tenant, "Ela conhece este caso")
    async with screens.window(CONSOLE_URL) as screen:
        page = screen.page
        await screen.sign_in(tenant, "diana", "/auditoria")
        await page.locator("#action").select_option("task.handed_over")
        await expect(page.locator(".total")).to_contain_text("1 registro nesta página")
        assert "acao=task.handed_over" in page.url
        await expect(page.locator("#list")).to_contain_text(task_id)
        assert "Ela conhece este caso" not in await page.content()
        await page.get_by_text("Exportar estes registros").click()
        await page.get_by_label("Motivo da exportação").fill(WHY)
        async with page.expect_download() as awaited:
            await page.get_by_role("button", name="Exportar CSV").click()
        sheet = (await (await awaited.value).path()).read_text(encoding="utf-8")
        assert [row[5] for row in rows_of(sheet)[1:]] == [task_id]
        await page.get_by_text("escrito: revelar").click()
        await page.get_by_label("Por que ler este motivo").fill(WHY)
        await page.get_by_role("button", name="Revelar").click()
        await expect(page.get_by_text("Ela conhece este caso")).to_be_focused()
        assert "Ela conhece" not in await page.title()
        await screen.go("/auditoria/cadeia")
        await expect(page.get_by_text("Cadeia íntegra")).to_have_count(5)


async def test_a_cpt_is_printed_as_paper_without_menus_or_buttons(
    console: World, tenant: int, screens: Screens
) -> None:
    cpt_id, _, _ = await Ward(console, tenant).restricted()
    async with screens.window(CONSOLE_URL, scheme="dark") as screen:
        await screen.sign_in(tenant, "otto", f"/cpts/{cpt_id}")
        await screen.page.emulate_media(media="print")
        await expect(screen.page.locator(".rail")).to_be_hidden()
        await expect(screen.page.locator(".top")).to_be_hidden()
        await expect(screen.page.get_by_role("heading", name="Termo", exact=True)).to_be_visible()
        await expect(screen.page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
        await expect(screen.page.locator("body")).to_have_css(
            "background-color", "rgb(255, 255, 255)"
        )
        assert (await screen.page.pdf()).startswith(b"%PDF-")


PRINTED = {
    "/tarefas": "ana",
    "/tarefas/{task}": "ana",
    "/declaracoes/{case}": "ana",
    "/declaracoes/indicadores": "ana",
    "/pessoas/{person}": "diana",
    "/entrevistas": "sergio",
    "/cpts/{cpt}": "otto",
    "/regras/tabela-cpt": "rosa",
    "/auditoria": "diana",
    "/administracao/pessoas/ana": "sonia",
}
MOVES = "nav:visible, button:visible, .button:visible, dialog:visible"
"""What leads elsewhere, or does something: on paper it is in the way."""


async def test_a_page_on_paper_has_its_content_and_nothing_to_press(
    console: World, tenant: int, screens: Screens
) -> None:
    cpt_id, case_id, person_id = await Ward(console, tenant).restricted()
    task_id = await console.task(tenant, person_id, subject_id=case_id)
    named = {"cpt": cpt_id, "case": case_id, "person": person_id, "task": task_id}
    async with AsyncExitStack() as stack:
        opened: dict[str, Screen] = {}
        for address, who in PRINTED.items():
            if who not in opened:
                opened[who] = await stack.enter_async_context(screens.window(CONSOLE_URL))
                await opened[who].sign_in(tenant, who, "/atalhos")
                await opened[who].page.emulate_media(media="print")
            page = opened[who].page
            await opened[who].go(address.format(**named))
            left = await page.locator(MOVES).evaluate_all("all => all.map(one => one.outerHTML)")
            assert (address, left) == (address, [])
            read = await page.locator("main").inner_text()
            assert len(read) > 40, address


async def test_a_proponents_copy_on_paper_has_its_text_and_nothing_to_press(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    await signed(who)
    [cookie] = list(who.handset.http.cookies.jar)
    async with phones.window(ORIGIN, PHONE) as screen:
        given = {"name": cookie.name, "value": cookie.value or "", "url": ORIGIN}
        await screen.page.context.add_cookies([given])
        await screen.page.emulate_media(media="print")
        for path in ("/recibo", "/copia"):
            await screen.go(path)
            left = await screen.page.locator(MOVES).evaluate_all(
                "all => all.map(one => one.outerHTML)"
            )
            assert (path, left) == (path, [])
            await expect(screen.page.locator("h1")).to_be_visible()


async def foreign(screen: Screen) -> list[str]:
    """English words that people would read on the page."""
    read: str = await screen.page.locator("body").inner_text()
    return ENGLISH.findall(re.sub(r"[\w.]+\.[\w.]+", "", read))


@pytest.mark.parametrize("who", ROOMS)
async def test_every_room_speaks_portuguese(
    console: World, tenant: int, screens: Screens, who: str
) -> None:
    await console.task(tenant, await console.person(tenant))
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, who)
        for path in (*ROOMS[who], "/nada"):
            await screen.go(path)
            assert await screen.page.locator("html").get_attribute("lang") == "pt-BR"
            assert (path, await foreign(screen)) == (path, [])


async def focused_first(screen: Screen) -> None:
    """The first stop of the Tab key leads past the menus, and is seen."""
    await screen.page.keyboard.press("Tab")
    skip = screen.page.get_by_role("link", name="Ir para o conteúdo")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#content")).to_be_focused()
    await screen.page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await screen.page.evaluate(outline) != "none"


async def small(screen: Screen) -> list[str]:
    """Buttons that a thumb would miss."""
    found: list[str] = []
    for button in await screen.page.get_by_role("button").all():
        box = await button.bounding_box()
        if box and box["height"] < 44:
            found.append(await button.inner_text())
    return found


async def test_the_content_is_one_key_away_and_focus_is_seen(
    console: World, tenant: int, screens: Screens
) -> None:
    await console.task(tenant)
    async with screens.window(CONSOLE_URL, WIDE) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas")
        await focused_first(screen)


async def test_on_a_phone_what_is_tapped_is_large(pages: PublicWorld, phones: Screens) -> None:
    who = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        await screen.go(f"/declaracao/{who.tenant}")
        await focused_first(screen)
        assert await small(screen) == []
