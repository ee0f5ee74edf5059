"""A declaration from the link on a phone to what Kafka and the ERP hold."""

import pytest
from playwright.async_api import expect

from tests.support.handset import Handset
from tests.support.live import House
from tests.support.outcome import holds, told
from tests.support.screen import Screens


@pytest.mark.shows("M124", "M125", "M126")
async def test_a_clean_declaration_by_phone_is_released_with_no_hands(
    house: House, screens: Screens
) -> None:
    life = await house.enrols(house.person())
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in()
        await phone.reads_the_letter()
        await phone.answers()
        await phone.signs()
        assert await holds(house, life, "released", "integrated") == set()
        assert told(house, life, "declaration.released", "straight_through") == [True]
        await phone.page.go_back()
        await expect(phone.page.locator("h1")).not_to_contain_text("Assine")
