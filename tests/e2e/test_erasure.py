"""Somebody asks to be forgotten, and the officer does it at the screen."""

import re

from playwright.async_api import expect

from deploy.story.life import HD
from tests.support.live import House
from tests.support.outcome import holds
from tests.support.screen import Screens
from tests.support.seat import Desk

WITHDRAWN, ERASED = f"{HD}.declaration.withdrawn.v1", "registry.person.erased.v1"


async def test_whoever_asked_for_it_is_erased_and_no_screen_knows_them_any_more(
    house: House, screens: Screens
) -> None:
    life = await house.enrols(house.person())
    await life.phone.open()
    await life.phone.api.post("/public/declaration/withdrawal")
    await life.soon(life.declaration_id, WITHDRAWN)
    registry = house.staff("integracao", "registry")
    end = {"reason": "cancelled", "ended_on": house.today.isoformat()}
    await registry.post(f"/enrolments/{life.enrolment_id}/end", end)
    name = life.person.body["full_name"]
    async with Desk.of(house, screens, "encarregado") as officer:
        page = officer.screen.page
        await page.get_by_label("Buscar pessoa").fill(name)
        await page.get_by_role("button", name="Buscar").click()
        await page.get_by_role("link", name=name).first.click()
        await expect(page.locator("h1")).to_contain_text(name)
        await page.locator("summary", has_text="Eliminar os dados").click()
        word = page.get_by_label(re.compile("^Escreva "))
        said = await page.locator("label", has_text=re.compile("^Escreva ")).inner_text()
        await word.fill(said.removeprefix("Escreva ").strip())
        await page.get_by_label(re.compile("A pessoa pediu")).check()
        await page.locator("form[action$='/eliminar'] button").click()
        await life.soon(life.person_id, ERASED)
        await officer.screen.go(f"/pessoas/{life.person_id}")
        await expect(page.locator("main")).not_to_contain_text(name)
        await expect(page.locator("main")).to_contain_text("eliminad")
    assert await holds(house, life, "withdrawn") == set()
    assert len(house.world.bus.about(life.person_id, ERASED)) == 1
