"""The ladder of human deadlines, seen from two desks while the clock goes on."""

from datetime import date, datetime, time, timedelta

import pytest
from holidays import country_holidays
from playwright.async_api import Locator, expect

from deploy.story.life import Life
from deploy.story.world import ZONE
from tests.support.live import House
from tests.support.outcome import holds
from tests.support.screen import Screens
from tests.support.seat import Desk

ESCALATED = "worklist.task.escalated.v1"


def working_monday(after: date) -> date:
    """The next Monday on which Brazil works."""
    days = (after + timedelta(days=number) for number in range(1, 60))
    rest = country_holidays("BR", years=range(after.year, after.year + 2))
    return next(day for day in days if day.weekday() == 0 and day not in rest)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def row(desk: Desk, life: Life) -> Locator:
    """The line of the list that speaks of somebody."""
    return desk.screen.page.locator("#list tr", has_text=life.person.body["full_name"])


@pytest.mark.shows("M075")
async def test_a_task_that_nobody_moves_is_told_of_taken_away_and_raised(
    house: House, screens: Screens
) -> None:
    monday = working_monday((await house.now()).astimezone(ZONE).date())
    await house.days_pass(at(monday, 7))
    life = await house.at_desk("Q10")
    await life.to_analysis()
    async with (
        Desk.of(house, screens, "analista.1") as analyst,
        Desk.of(house, screens, "coordenacao") as supervisor,
    ):
        await analyst.opens(life)
        await analyst.claims()
        await supervisor.screen.go("/tarefas")
        await house.days_pass(at(monday, 10, 1))
        await life.soon(life.person_id, ESCALATED, step=1)
        await house.days_pass(at(monday, 12, 1))
        await life.soon(life.person_id, ESCALATED, step=2)
        await analyst.screen.go("/tarefas?visao=sem-dono")
        await expect(row(analyst, life)).to_contain_text("ninguém")
        await house.days_pass(at(monday, 18, 1))
        await life.soon(life.person_id, ESCALATED, step=3)
        await supervisor.screen.go("/tarefas?visao=escaladas")
        await expect(supervisor.screen.page.locator("#list tbody tr")).to_have_count(1)
        await expect(supervisor.screen.page.locator("#list tbody tr")).to_contain_text("escalada")
        await analyst.screen.go("/tarefas?visao=vencidas")
        await expect(row(analyst, life)).to_contain_text("vencida")
    assert await holds(house, life) == set()
    raised = house.world.bus.about(life.person_id, ESCALATED)
    [task] = {fact.body["task_id"] for fact in raised}
    assert [fact.body["step"] for fact in raised] == [1, 2, 3], task
