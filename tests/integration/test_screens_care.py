"""Agenda, interview room and CPTs in Chromium: no barrier in any state, at any width or light."""

import pytest

from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World
from tests.support.screen import LIGHTS, PHONE, Scheme, Screen, Screens


@pytest.fixture
def ward(console: World) -> Ward:
    return Ward(console, console.tenant())


async def clear(screen: Screen) -> None:
    """Nobody is kept out, and the page goes into its window."""
    assert await screen.findings() == []
    assert await screen.overflow() == 0


@pytest.mark.parametrize("scheme", LIGHTS)
async def test_what_goes_wrong_has_no_barrier_either(
    ward: Ward, screens: Screens, scheme: Scheme
) -> None:
    at = ward.at(3, 9)
    awaited = await ward.booked(at)
    cpt_id, _, _ = await ward.restricted("Caio Prates")
    ward.jump(at)
    async with screens.window(CONSOLE_URL, PHONE, scheme) as screen:
        await screen.sign_in(ward.tenant, "mara", awaited.url)
        await screen.page.get_by_role("button", name="Concluir e assinar").click()
        await screen.page.get_by_text("campo obrigatório").first.wait_for()
        await clear(screen)
    for path, who in (("/entrevistas", "sergio"), ("/cpts", "otto"), (f"/cpts/{cpt_id}", "otto")):
        async with screens.window(CONSOLE_URL, PHONE, scheme) as screen:
            await screen.sign_in(ward.tenant, who, "/atalhos")
            with ward.console.silent("health_declaration"):
                await screen.go(path)
                await clear(screen)


async def test_text_is_kept_by_itself_and_a_disease_found_takes_no_word_away(
    ward: Ward, screens: Screens
) -> None:
    at = ward.at(3, 9)
    awaited = await ward.booked(at)
    ward.jump(at)
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(ward.tenant, "mara", awaited.url)
        page = screen.page
        await page.get_by_label("O que foi dito, em texto").fill("Usa insulina.")
        await page.get_by_text("Guardado às").wait_for()
        await page.get_by_label("Código ou palavras da doença").fill("e11")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Usar E11.9").click()
        await page.locator("input[name='cid.Q10'][value='E11.9']").wait_for()
        assert await page.get_by_label("O que foi dito, em texto").input_value() == "Usa insulina."
        await clear(screen)
        await page.reload()
        assert await page.get_by_label("O que foi dito, em texto").input_value() == "Usa insulina."
