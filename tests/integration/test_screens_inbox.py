"""The inbox in Chromium: filters, marks, keys, news and jobs, without barrier at any width."""

import pytest

from services.console.routes.live import hub_of
from services.worklist.usecases import rounds
from tests.support.console import CONSOLE_URL, World, changed
from tests.support.screen import PHONE, TABLET, WIDE, ZOOMED, Scheme, Screen, Screens

ALL = "visao=abertas&prioridade=2&coluna=due&coluna=priority&coluna=opened&coluna=owner"
EVERYWHERE: list[tuple[tuple[int, int], Scheme]] = [
    (WIDE, "light"),
    (TABLET, "dark"),
    (PHONE, "light"),
    (ZOOMED, "dark"),
]


async def filled(console: World, number: int = 30) -> tuple[int, list[str]]:
    """An operator with tasks, the soonest due first."""
    tenant = console.tenant()
    person_id = await console.person(tenant, "Bia Moura")
    return tenant, [await console.task(tenant, person_id) for _ in range(number)]


async def clean(screen: Screen) -> None:
    """Nothing bars anybody, and nothing is wider than the window."""
    assert await screen.findings() == []
    assert await screen.overflow() == 0
    wider = "one => one.scrollWidth - one.clientWidth"
    assert await screen.page.locator("#content").evaluate(wider) == 0


@pytest.mark.parametrize(("size", "scheme"), EVERYWHERE)
async def test_lists_views_and_jobs_have_no_barrier_at_any_width(
    console: World, screens: Screens, size: tuple[int, int], scheme: Scheme
) -> None:
    tenant, _ = await filled(console)
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(tenant, "ana", f"/tarefas?{ALL}")
        await clean(screen)
        await screen.page.locator("input[name=todas]").check()
        await screen.page.get_by_role("button", name="Agir sobre as marcadas").click()
        await clean(screen)
        await screen.page.get_by_label("Assumir").check()
        await screen.page.get_by_role("button", name="Conferir").click()
        await screen.page.locator("#job").wait_for()
        await clean(screen)
        while await rounds.make(console.worklist.app.state.begin):
            pass
        # The page asks by itself how far it is.
        await screen.page.get_by_role("button", name="Assumir 30 tarefas").wait_for()
        await clean(screen)
        await screen.go("/tarefas/visoes/nova?visao=vencidas")
        await clean(screen)


async def test_a_stretch_is_marked_with_shift_and_counted(console: World, screens: Screens) -> None:
    tenant, _ = await filled(console, 6)
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas")
        boxes = screen.page.locator("#list input[name=tarefa]")
        await boxes.nth(1).click()
        await boxes.nth(4).click(modifiers=["Shift"])
        assert await screen.page.locator("#list input[name=tarefa]:checked").count() == 4
        assert await screen.page.locator("#marked").text_content() == " (4)"


async def test_a_filter_applies_at_once_is_announced_and_stands_in_the_address(
    console: World, screens: Screens
) -> None:
    tenant, _ = await filled(console, 2)
    await console.task(tenant, queue="ds.representation", skill="ds.analyse")
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas?visao=sem-dono")
        await screen.page.locator("#queue").select_option("ds.representation")
        await screen.page.get_by_text("1 tarefa encontrada").first.wait_for()
        assert "fila=ds.representation" in screen.page.url
        assert await screen.page.locator("#list [data-row]").count() == 1


async def test_news_are_told_above_a_list_that_stays_as_it_is(
    console: World, screens: Screens
) -> None:
    tenant, _ = await filled(console, 2)
    app = console.console.app
    with changed(app.state, "hub", hub_of(app, 0.1)):
        async with screens.window(CONSOLE_URL) as screen:
            await screen.sign_in(tenant, "ana", "/tarefas")
            await screen.page.get_by_text("ao vivo").wait_for()
            rows = screen.page.locator("#list [data-row]")
            await console.task(tenant)
            told = screen.page.get_by_role("link", name="1 nova tarefa · atualizar")
            await told.wait_for()
            assert await rows.count() == 2
            await told.click()
            await rows.nth(2).wait_for()
            await screen.page.locator("#news:empty").wait_for(state="attached")


async def test_keys_open_take_put_away_and_lead_elsewhere(console: World, screens: Screens) -> None:
    tenant, _ = await filled(console, 2)
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(tenant, "ana", "/tarefas?visao=sem-dono")
        keys = screen.page.keyboard
        await keys.press("j")
        await screen.page.get_by_role("button", name="Assumir", exact=True).wait_for()
        await keys.press("a")
        await screen.page.get_by_role("button", name="Desfazer: não assumir").wait_for()
        await keys.press("s")
        assert await screen.page.locator("#until").evaluate("one => one === document.activeElement")
        await screen.page.locator("#panel h2").click()
        await keys.press("Control+k")
        await keys.type("vencidas")
        await clean(screen)
        await keys.press("Enter")
        await screen.page.wait_for_url("**/tarefas?visao=vencidas")
        await keys.press("g")
        await keys.press("i")
        await screen.page.wait_for_url("**/tarefas")
