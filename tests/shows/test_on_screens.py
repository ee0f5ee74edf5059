"""Criteria, differences, rooms, old decisions and trails, as people meet them at their screens."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.shows.test_analysis import contradicts
from tests.shows.test_interviews import booked_with, comes_to_the_hour
from tests.shows.test_platform import decided
from tests.support.handset import Handset
from tests.support.live import House
from tests.support.screen import Screens
from tests.support.seat import Desk


@pytest.mark.shows("M128")
async def test_the_doctor_reads_by_which_criterion_somebody_is_interviewed(
    house: House, screens: Screens
) -> None:
    _, interview = await booked_with(house, "medico.1")
    async with Desk.of(house, screens, "medico.1") as doctor:
        await doctor.screen.go(f"/entrevistas/{interview}")
        await expect(doctor.screen.page.locator("main")).to_contain_text("Roteiro")
    life = await house.at_desk("Q10")
    await life.to_analysis()
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.claims()
        await expect(analyst.panel).to_contain_text("Por que precisa de uma pessoa")
        await expect(analyst.panel).to_contain_text(re.compile(r"DS-\d{3}"))


@pytest.mark.shows("M129")
async def test_what_was_said_otherwise_before_stands_before_the_analyst_and_nobody_else(
    house: House, screens: Screens
) -> None:
    _, second = await contradicts(house)
    path = f"/declaracoes/{second.declaration_id}?ver=caso"
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.screen.go(path)
        main = analyst.screen.page.locator("main")
        await expect(main).to_contain_text("antes declarada, agora não")
    async with Desk.of(house, screens, "balcao") as clerk:
        await clerk.screen.go(path)
        await expect(clerk.screen.page.locator("main")).not_to_contain_text("antes declarada")


@pytest.mark.shows("M131")
async def test_doctor_and_person_come_into_the_room_by_their_screens_and_recording_is_asked(
    house: House, screens: Screens
) -> None:
    life, interview = await booked_with(house, "medico.13")
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in("ds_interview_offer")
        await phone.screen.go("/entrevista")
        await phone.page.get_by_label("Não pode", exact=True).check()
        await phone.button("Guardar a resposta").click()
        await expect(phone.page.locator(".notice.done")).to_contain_text("não pode ser gravada")
        await comes_to_the_hour(house, interview, life)
    async with Desk.of(house, screens, "medico.13") as doctor:
        page = doctor.screen.page
        await doctor.screen.go(f"/entrevistas/{interview}")
        await page.get_by_role("button", name="Abrir a sala").click()
        host = page.get_by_role("link", name="Entrar na sala como anfitrião")
        await expect(host).to_be_visible()
        await doctor.told("a pessoa não concordou: não grave")
        await page.get_by_role("button", name="Continuar por telefone").click()
        await doctor.told("Está registrado que a entrevista seguiu por telefone")


@pytest.mark.shows("M040", "M101")
async def test_two_people_who_read_a_case_stand_by_name_in_the_trail_whose_chain_is_whole(
    house: House, screens: Screens
) -> None:
    life = await house.at_desk("Q10")
    await life.to_analysis()
    for who in ("analista.1", "analista.2"):
        async with Desk.of(house, screens, who) as reader:
            await reader.screen.go(f"/declaracoes/{life.declaration_id}?ver=caso")
    async with Desk.of(house, screens, "encarregado") as officer:
        await officer.screen.go(f"/auditoria?assunto={life.declaration_id}&acao=clinical.read")
        listed = officer.screen.page.locator("#list")
        for who in ("Analista.1", "Analista.2"):
            await expect(listed).to_contain_text(who)
        await officer.screen.go("/auditoria/cadeia")
        await officer.told("Cadeia íntegra")
        await expect(officer.screen.page.locator("main")).not_to_contain_text("rompida")


@pytest.mark.shows("M008")
async def test_a_decision_of_years_ago_is_opened_at_the_screen_with_who_why_and_by_which_rules(
    house: House, screens: Screens
) -> None:
    life = await decided(house)
    rules = (await life.office.case())["rules_version"]
    await house.days_pass(await house.now() + timedelta(days=5 * 366))
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.screen.go(f"/declaracoes/{life.declaration_id}?ver=caso")
        main = analyst.screen.page.locator("main")
        for told in (
            "Exame de 2024 sem alteração.",
            "Laudo visto, de acordo.",
            "analista.2",
            "auditora.1",
            rules,
            "DS-003",
        ):
            await expect(main).to_contain_text(told)
