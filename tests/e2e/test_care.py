"""A disease, from a phone through interview, analysis, audit and term to what the ERP holds."""

from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

from deploy.story.life import HD, Life
from tests.support.handset import Handset
from tests.support.live import House
from tests.support.outcome import erp_rows, holds, told
from tests.support.screen import Screens
from tests.support.seat import Desk, in_one_day

A_MINUTE = timedelta(minutes=1)


async def declares_by_phone(house: House, screens: Screens, *yes: str) -> Life:
    """Somebody joins and says so, all of it on their phone."""
    life = await house.enrols(house.person())
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in()
        await phone.reads_the_letter()
        await phone.answers(*yes)
        await phone.signs()
    await life.soon(life.declaration_id, f"{HD}.interview.requested.v1")
    return life


async def is_offered_a_cpt(house: House, screens: Screens, life: Life) -> None:
    """An analyst concludes that something was there before; somebody else audits."""
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.claims()
        await analyst.opines("cid.Q03", "I20.9")
    async with Desk.of(house, screens, "auditora.1") as auditor:
        await auditor.opens(life)
        await auditor.claims()
        await auditor.audits("Oferecer CPT")


@pytest.mark.shows("M130", "M132", "M133", "M134", "M135")
async def test_a_disease_is_declared_talked_over_audited_and_signed_for(
    house: House, screens: Screens
) -> None:
    life = await declares_by_phone(house, screens, "Q03")
    starts_at = in_one_day(await house.now(), 3)
    async with Desk.of(house, screens, "agenda") as scheduler:
        await scheduler.gives_time("medico.2", starts_at)
    await house.settled()
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in("ds_interview_offer")
        await phone.books()
    await house.days_pass(starts_at + A_MINUTE)
    async with Desk.of(house, screens, "medico.2") as doctor:
        await doctor.concludes("medico.2", "I20.9", "Angina estável desde 2019.")
    await is_offered_a_cpt(house, screens, life)
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in("ds_offer")
        await phone.chooses_the_cpt()
        await phone.signs_the_term()
    [cpt] = await holds(house, life, "released", "integrated")
    row = (await erp_rows(house, life))[cpt]
    assert (row["status"], row["cid_ranges"]) == ("in_force", ["I20-I25"])
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.screen.go(f"/cpts/{cpt}")
        await expect(analyst.screen.page.locator("main")).to_contain_text("aplicada pelo ERP")
        await analyst.screen.snap("desk-5-cpt")
        await analyst.screen.go(f"/pessoas/{life.person_id}")
        await analyst.screen.snap("desk-6-person")


@pytest.mark.shows("M130")
async def test_somebody_who_does_not_come_is_offered_other_times(
    house: House, screens: Screens
) -> None:
    life = await house.at_desk("Q03")
    await life.soon(life.declaration_id, f"{HD}.interview.requested.v1")
    first, second = in_one_day(await house.now(), 3), in_one_day(await house.now(), 30)
    async with Desk.of(house, screens, "agenda") as scheduler:
        for starts_at in (first, second):
            await scheduler.gives_time("medico.3", starts_at)
        await house.settled()
        async with Handset.of(house, screens, life) as phone:
            await phone.comes_in("ds_interview_offer")
            await phone.books()
        await house.days_pass(first + A_MINUTE)
        await scheduler.misses("medico.3")
    await life.soon(life.declaration_id, f"{HD}.interview.missed.v1")
    await house.settled()
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in("ds_interview_offer")
        await phone.books()
    await house.settled()
    [asked] = set(told(house, life, "interview.requested", "interview_id"))
    assert told(house, life, "interview.missed", "interview_id") == [asked]
    assert told(house, life, "interview.scheduled", "interview_id") == [asked, asked]
    booked = told(house, life, "interview.scheduled", "starts_at")
    assert [datetime.fromisoformat(at) for at in booked] == [first, second]
    assert await holds(house, life) == set()
