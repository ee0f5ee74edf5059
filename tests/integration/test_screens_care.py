"""Agenda, interview room and CPTs in Chromium: no barrier in any state, at any width or light."""

from datetime import timedelta

import pytest

from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World
from tests.support.interviewing import give
from tests.support.screen import PHONE, TABLET, WIDE, ZOOMED, Scheme, Screen, Screens

SIZES = [WIDE, TABLET, PHONE, ZOOMED]
LIGHTS: list[Scheme] = ["light", "dark"]


@pytest.fixture
def ward(console: World) -> Ward:
    return Ward(console, console.tenant())


async def clear(screen: Screen) -> None:
    """Nobody is kept out, and the page goes into its window."""
    assert await screen.findings() == []
    assert await screen.overflow() == 0


async def looked_at(screens: Screens, ward: Ward, who: str, *paths: str) -> None:
    """Each page as somebody sees it, at every width and in both lights."""
    for scheme in LIGHTS:
        async with screens.window(CONSOLE_URL, WIDE, scheme) as screen:
            await screen.sign_in(ward.tenant, who)
            for path in paths:
                await _at_each_width(screen, path)


async def _at_each_width(screen: Screen, path: str) -> None:
    for width, height in SIZES:
        await screen.page.set_viewport_size({"width": width, "height": height})
        await screen.go(path)
        assert await screen.overflow() == 0, (path, width)
        if (width, height) in (WIDE, PHONE):
            assert await screen.findings() == [], (path, width)


async def test_the_agenda_has_no_barrier(ward: Ward, screens: Screens) -> None:
    at = ward.at(3, 9)
    awaited = await ward.booked(at)
    waiting = await ward.waiting("Caio Prates")
    times = [at + timedelta(minutes=30 * n) for n in range(1, 9)]
    await give(ward.desk, *times, doctor="mara")
    await give(ward.desk, *times, doctor="milo")
    week = f"/entrevistas?semana={at.date().isoformat()}"
    paths = [week, "/entrevistas/horarios", awaited.url, waiting.url]
    await looked_at(screens, ward, "sergio", *paths, "/entrevistas?semana=2030-01-01")


async def test_the_room_has_no_barrier(ward: Ward, screens: Screens) -> None:
    at = ward.at(3, 9)
    awaited = await ward.booked(at)
    ward.jump(at)
    await looked_at(screens, ward, "mara", awaited.url)
    await looked_at(screens, ward, "milo", awaited.url)


async def test_cpts_have_no_barrier(ward: Ward, screens: Screens) -> None:
    cpt_id, _, _ = await ward.restricted()
    paths = ["/cpts", f"/cpts/{cpt_id}", "/cpts?situacao=ended"]
    await looked_at(screens, ward, "otto", *paths)
    await looked_at(screens, ward, "sergio", "/cpts")


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
