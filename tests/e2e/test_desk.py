"""The desk's part of a declaration: claimed, analysed, audited, seen by Kafka and the ERP."""

import re

from playwright.async_api import expect

from deploy.story.life import RELEASED, Life
from tests.support.live import House
from tests.support.screen import Screens
from tests.support.seat import Desk


async def to_analysis(house: House) -> Life:
    """Somebody declared diabetes at the counter; an analyst is wanted."""
    life = await house.at_desk("Q10")
    await life.to_analysis()
    return life


async def test_two_people_at_their_desks_take_a_declaration_to_a_signed_cpt(
    house: House, screens: Screens
) -> None:
    life = await to_analysis(house)
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.claims()
        opinion = await analyst.decision("Concluir com parecer")
        await opinion.get_by_label("Com doença preexistente: oferecer CPT").check()
        await opinion.get_by_role("textbox", name=re.compile("diabetes", re.I)).fill("E11.9")
        await opinion.get_by_label("Parecer").fill("Diabetes desde 2019, pelo laudo.")
        await opinion.get_by_role("button", name="Enviar à auditoria médica").click()
        await analyst.told("Parecer registrado")
    async with Desk.of(house, screens, "auditora.1") as auditor:
        await auditor.opens(life)
        await auditor.claims()
        audit = await auditor.decision("Decidir a auditoria")
        await audit.get_by_label("Oferecer CPT").check()
        await audit.get_by_label("Fundamento").fill("De acordo.")
        await audit.get_by_label(re.compile("Conferi")).check()
        await audit.get_by_role("button", name="Registrar decisão").click()
        await auditor.told("Decisão da auditoria registrada")
    await life.phone.answer_offer("cpt")
    await life.phone.sign_term()
    await life.soon(life.declaration_id, RELEASED)


async def test_of_two_analysts_one_decides_and_the_other_reads_who_and_keeps_the_text(
    house: House, screens: Screens
) -> None:
    life = await to_analysis(house)
    async with (
        Desk.of(house, screens, "analista.1") as first,
        Desk.of(house, screens, "analista.2") as second,
    ):
        await first.opens(life)
        await first.claims()
        text = await first.decision("Pedir documentos")
        await text.get_by_label("Documentos").fill("Laudo do cardiologista")
        await second.opens(life)
        await expect(second.panel.get_by_role("button", name="Assumir")).to_have_count(0)
        await life.office.decide("analista.2", "document-requests", {"items": ["Exame de sangue"]})
        await text.get_by_role("button", name="Pedir documentos").click()
        await expect(first.panel.get_by_role("alert")).to_contain_text("analista.2 mudou isto")
        await expect(first.panel).to_contain_text("Laudo do cardiologista")
