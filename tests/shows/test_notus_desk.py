"""What is parked between the services, as whoever watches over it meets it at the screen."""

import re

import pytest
from playwright.async_api import Locator, expect

from deploy.story import feed
from tests.shows.test_notus import FAULT, knows, run, tells
from tests.support.live import House
from tests.support.screen import Screens
from tests.support.seat import Desk


async def again(desk: Desk, row: Locator) -> None:
    """The key is chosen, and driven once more."""
    await row.get_by_role("checkbox").check()
    await desk.screen.page.get_by_label("Conferi: a causa foi corrigida").check()
    await desk.screen.page.get_by_role("button", name="Repetir as escolhidas").click()
    await desk.told("O que houve com cada chave")


@pytest.mark.shows("M150")
async def test_a_parked_key_is_seen_with_its_age_and_driven_again_from_the_screen(
    house: House, screens: Screens
) -> None:
    struck, name = house.person(), f"tela_{house.tenant}"
    owner = house.world.stack.told["postgres"]["registry"]["owner"]
    await run(owner, FAULT.format(name=name, ref=struck.ref))
    async with Desk.of(house, screens, "integracao") as desk:
        row = desk.screen.page.locator("#parked tbody tr", has_text=struck.ref)

        async def parked() -> bool:
            await desk.screen.go("/integracoes")
            return await row.count() == 1

        try:
            await tells(house, feed.created(house.world.batch, struck))
            await house.until(parked, "chave na tela")
            for told in ("Cadastro", "recebida", feed.TOPIC):
                await expect(row).to_contain_text(told)
            await expect(row.locator("time")).to_have_attribute("datetime", re.compile("T"))
            await again(desk, row)
            await desk.told("o erro se repetiu e a chave continua parada")
        finally:
            await run(owner, f"drop function {name}() cascade")
        await desk.screen.go("/integracoes")
        await again(desk, row)
        await desk.told("1 tratada")
        await knows(house, struck)
        await desk.screen.go("/integracoes")
        await expect(row).to_have_count(0)
