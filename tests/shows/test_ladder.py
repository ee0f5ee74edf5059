"""The ladder of human deadlines: two, four and eight working hours, as the operator set it up."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest
from holidays import country_holidays

from deploy.story.bus import Fact
from deploy.story.life import Life
from deploy.story.world import ZONE
from tests.support.live import House

ESCALATED = "worklist.task.escalated.v1"
OPINION = {"conclusion": "no_preexisting", "text": "Nada a restringir."}
STEPS = [
    {"anchor": "opened", "minutes": 120, "acts": ["tell_owner"]},
    {"anchor": "opened", "minutes": 240, "acts": ["release", "raise"]},
    {"anchor": "opened", "minutes": 480, "acts": ["tell_supervisor"]},
]


def working_monday(after: date) -> date:
    """The next Monday on which Brazil works."""
    days: Iterable[date] = (after + timedelta(days=number) for number in range(1, 60))
    rest = country_holidays("BR", years=range(after.year, after.year + 2))
    return next(day for day in days if day.weekday() == 0 and day not in rest)


def climbed(house: House, life: Life) -> list[Fact]:
    """Steps of a case, in their order."""
    return house.world.bus.about(life.person_id, ESCALATED)


@pytest.mark.shows("M075")
async def test_an_untouched_case_climbs_at_two_four_and_eight_hours_and_an_answered_one_stops(
    house: House,
) -> None:
    ladder = {"version": 0, "title": "Análise", "minutes": 540, "hours": "usual", "ladder": STEPS}
    inbox = house.staff("coordenacao", "worklist")
    await inbox.put("/queues/ds.analysis", ladder | {"supervisors": ["coordenacao"]})
    monday = working_monday((await house.now()).astimezone(ZONE).date())
    await house.days_pass(datetime.combine(monday, time(7), ZONE))
    left, answered = [await house.at_desk("Q10") for _ in range(2)]
    for life in (left, answered):
        await life.to_analysis()
    await claims(house, left, "analista.1")
    told = []
    for hour, minute, step in ((9, 50, 0), (10, 1, 1), (11, 0, 1), (12, 1, 2), (17, 1, 3)):
        await house.days_pass(datetime.combine(monday, time(hour, minute), ZONE))
        if hour == 11:
            await answered.office.decide("analista.2", "opinion", OPINION)
            # The inbox has to hear of it before the next step falls due.
            await house.settled()
        if step:
            await left.soon(left.person_id, ESCALATED, step=step)
        if step == 1:
            # Answering stops a ladder: the step before it has to have been climbed by then.
            await answered.soon(answered.person_id, ESCALATED, step=1)
        told.append(len(climbed(house, left)))
    await house.settled()
    assert told == [0, 1, 1, 2, 3]
    who = [(one.body["step"], one.body["owner"], one.body["told"]) for one in climbed(house, left)]
    assert who == [
        (1, "analista.1", ["analista.1"]),
        (2, "analista.1", []),
        (3, None, ["coordenacao"]),
    ]
    assert [one.body["step"] for one in climbed(house, answered)] == [1]


async def claims(house: House, life: Life, who: str) -> None:
    """Their task of a case becomes theirs."""
    inbox = house.staff(who, "worklist")
    path = f"/tasks?subject_id={life.declaration_id}"

    async def listed() -> bool:
        return bool((await inbox.get(path))["items"])

    await house.until(listed, "tarefa na lista")
    [task] = (await inbox.get(path))["items"]
    await inbox.post(f"/tasks/{task['task_id']}/claim", {"version": task["version"]})
