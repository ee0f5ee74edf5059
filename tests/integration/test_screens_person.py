"""Declarations, processes, figures and people in Chromium: no barrier in any state or light."""

from dataclasses import dataclass

import pytest

from tests.integration.test_console_declarations import declared
from tests.integration.test_console_person import known
from tests.support.console import CONSOLE_URL, World
from tests.support.screen import PHONE, TABLET, WIDE, Scheme, Screen, Screens

LOOKS: list[tuple[tuple[int, int], Scheme]] = [(TABLET, "light"), (PHONE, "dark")]


@dataclass(frozen=True)
class Places:
    """One tenant's cases and people."""

    tenant: int
    case_id: str
    person_id: str


@pytest.fixture(scope="module")
async def places(console: World) -> Places:
    tenant = console.tenant()
    case_id = await declared(console, tenant, "Ana Lima", "Q10")
    for number in range(30):
        await declared(console, tenant, f"Pessoa {chr(97 + number % 26)}{chr(97 + number // 26)}")
    return Places(tenant, case_id, await known(console, tenant, social_name="Bia"))


async def clear(screen: Screen, address: str = "") -> None:
    """Opens an address; neither axe nor the window finds fault with it."""
    if address:
        await screen.go(address)
    await screen.page.wait_for_load_state("networkidle")
    assert await screen.findings() == [], address
    assert await screen.overflow() == 0, address


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
async def test_lists_processes_and_people_have_no_barrier(
    console: World, screens: Screens, places: Places, size: tuple[int, int], scheme: Scheme
) -> None:
    case, person = f"/declaracoes/{places.case_id}", f"/pessoas/{places.person_id}"
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(places.tenant, "ana")
        for address in (
            "/declaracoes",
            "/declaracoes?com=operadora&prazo=vencidas",
            "/declaracoes/indicadores",
            "/declaracoes/reenvios",
            case,
            f"{case}?ver=caso",
            f"{case}?ver=erp",
            person,
            f"{person}?faixa=historico",
        ):
            await clear(screen, address)
        with console.silent("health_declaration", "worklist"):
            for address in ("/declaracoes", "/declaracoes/indicadores", case, person):
                await clear(screen, address)


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
async def test_what_is_refused_has_no_barrier_either(
    console: World, screens: Screens, places: Places, size: tuple[int, int], scheme: Scheme
) -> None:
    person = f"/pessoas/{places.person_id}"
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(places.tenant, "diana")
        await screen.go(person)
        await screen.page.get_by_text("Ver o CPF inteiro").click()
        await screen.page.get_by_role("button", name="Mostrar").click()
        await clear(screen)
        await screen.go(person)
        await screen.page.get_by_text("Eliminar os dados").first.click()
        await screen.page.get_by_role("button", name="Eliminar os dados").click()
        await clear(screen)
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(places.tenant, "sonia")
        for address in ("/declaracoes", "/declaracoes/indicadores", person):
            await clear(screen, address)


async def test_a_filter_acts_at_once_and_stands_in_the_address(
    console: World, screens: Screens, places: Places
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(places.tenant, "ana", "/declaracoes")
        await screen.page.get_by_label("Quem age").select_option("operadora")
        await screen.page.get_by_text("1 declaração encontrada").first.wait_for()
        assert "com=operadora" in screen.page.url
        await screen.page.go_back()
        await screen.page.get_by_text("31 declarações encontradas").first.wait_for()


async def test_links_are_sent_to_all_while_somebody_looks(
    console: World, screens: Screens, places: Places
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(places.tenant, "rita", "/declaracoes?com=proponente")
        await screen.page.get_by_role("button", name="Reenviar a todas as 30").click()
        await clear(screen)
        await screen.page.get_by_label("Confirmo o envio de 30 links").check()
        await screen.page.get_by_role("button", name="Reenviar").click()
        await screen.page.get_by_text("30 enviados, 0 falhas · terminado").wait_for()
        await clear(screen)


async def test_a_lane_that_was_silent_is_tried_again_in_its_place(
    console: World, screens: Screens, places: Places
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(places.tenant, "rita")
        with console.silent("contact"):
            await screen.go(f"/pessoas/{places.person_id}")
            lane = screen.page.locator("#lane-contatos")
            await lane.get_by_text("indisponível desde").wait_for()
            # It is still silent when it answers: else the lane would be there at once.
            async with screen.page.expect_response(lambda one: "faixa=contatos" in one.url):
                await lane.get_by_role("link", name="tentar de novo").click()
            await lane.get_by_text("indisponível desde").wait_for()
        await lane.get_by_role("link", name="tentar de novo").click()
        await lane.get_by_text("Nenhuma mensagem foi enviada.").wait_for()
