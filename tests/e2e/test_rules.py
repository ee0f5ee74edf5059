"""A rule changed by two people at their screens, and what it changes: the next case only."""

from datetime import date

import pytest
from playwright.async_api import expect

from deploy.story.life import HD, Life
from tests.support.live import House
from tests.support.outcome import erp_rows, holds
from tests.support.screen import Screens
from tests.support.seat import Desk

TABLE = "/regras/tabela-cpt"
STARTED = f"{HD}.cpt.started.v1"


async def ends(house: House, life: Life) -> date:
    """Last day of somebody's CPT, the same on Kafka and in the ERP."""
    started = await life.soon(life.declaration_id, STARTED)
    [cpt] = await holds(house, life, "released", "integrated")
    row = (await erp_rows(house, life))[cpt]
    assert (started.body["cpt_id"], started.body["ends_on"]) == (cpt, row["ends_on"])
    return date.fromisoformat(row["ends_on"])


@pytest.mark.shows("M134", "M155")
async def test_a_rule_that_two_people_published_holds_for_the_next_case_only(
    house: House, screens: Screens
) -> None:
    joins = house.today.replace(day=min(house.today.day, 28))
    first = await house.offered("Q10", "E11.9", joins=joins)
    async with Desk.of(house, screens, "regras.1") as author:
        page = author.screen.page
        await author.screen.go(f"{TABLE}/rascunho")
        await page.locator("#cabecalho-0-0").fill("12")
        await page.get_by_role("button", name="Salvar rascunho").first.click()
        await expect(page.locator("main")).to_contain_text("Rascunho salvo.")
        await author.screen.go(f"{TABLE}/revisao")
        await expect(page.locator("main")).to_contain_text("quem o publica é outra pessoa")
    async with Desk.of(house, screens, "regras.2") as other:
        page = other.screen.page
        await other.screen.go("/regras")
        await page.locator(f"a[href^='{TABLE}']").first.click()
        await page.get_by_role("link", name="Rever o rascunho").click()
        await page.get_by_label("Li o que muda").check()
        await page.get_by_role("button", name="Publicar a versão").click()
        await expect(page.locator(".notice.done")).to_contain_text("Publicada.")
    await first.phone.answer_offer("cpt")
    await first.phone.sign_term()
    second = await house.restricted("Q10", "E11.9", joins=joins)
    assert await ends(house, first) == joins.replace(year=joins.year + 2)
    assert await ends(house, second) == joins.replace(year=joins.year + 1)
