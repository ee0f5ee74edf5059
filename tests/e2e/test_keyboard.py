"""The first two journeys with no pointer: every step by a key, the focus seen and never kept."""

from datetime import timedelta

from deploy.story.life import Life
from tests.support.by_keys import KeyedDesk, KeyedHandset
from tests.support.live import House
from tests.support.outcome import holds, told
from tests.support.screen import Screens
from tests.support.seat import in_one_day

A_MINUTE = timedelta(minutes=1)


async def declares(house: House, screens: Screens, *yes: str) -> Life:
    """Somebody joins and says so, all of it by keys."""
    life = await house.enrols(house.person())
    async with KeyedHandset.of(house, screens, life) as phone:
        await phone.comes_in()
        await phone.reads_the_letter()
        await phone.answers(*yes)
        await phone.signs()
    return life


async def is_analysed(house: House, screens: Screens, life: Life) -> None:
    """An analyst concludes that something was there before; somebody else audits."""
    async with KeyedDesk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.helped()
        await analyst.claims()
        await analyst.snoozing()
        await analyst.opines("cid.Q03", "I20.9")
    async with KeyedDesk.of(house, screens, "auditora.1") as auditor:
        await auditor.opens(life)
        await auditor.claims()
        await auditor.audits("Oferecer CPT")


async def test_a_clean_declaration_needs_no_pointer(house: House, screens: Screens) -> None:
    life = await declares(house, screens)
    assert await holds(house, life, "released", "integrated") == set()
    assert told(house, life, "declaration.released", "straight_through") == [True]


async def test_interview_analysis_audit_and_term_need_no_pointer(
    house: House, screens: Screens
) -> None:
    life = await declares(house, screens, "Q03")
    await life.soon(life.declaration_id, "health_declaration.interview.requested.v1")
    starts_at = in_one_day(await house.now(), 3)
    async with KeyedDesk.of(house, screens, "agenda") as scheduler:
        await scheduler.gives_time("medico.2", starts_at)
    await house.settled()
    async with KeyedHandset.of(house, screens, life) as phone:
        await phone.comes_in("ds_interview_offer")
        await phone.books()
    await house.days_pass(starts_at + A_MINUTE)
    async with KeyedDesk.of(house, screens, "medico.2") as doctor:
        await doctor.writes_down(life, "cid.Q03", "I20.9")
    await is_analysed(house, screens, life)
    async with KeyedHandset.of(house, screens, life) as phone:
        await phone.comes_in("ds_offer")
        await phone.chooses_the_cpt()
        await phone.signs_the_term()
    assert len(await holds(house, life, "released", "integrated")) == 1
