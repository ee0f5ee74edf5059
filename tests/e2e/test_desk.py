"""The desk's part of a declaration: claimed, analysed, audited, seen by Kafka and the ERP."""

from base64 import b64decode

import pytest
from playwright.async_api import expect

from deploy.story.life import PDF, Life
from tests.support.handset import Handset
from tests.support.live import House
from tests.support.outcome import erp_rows, holds, told
from tests.support.screen import Screens
from tests.support.seat import Desk


async def to_analysis(house: House) -> Life:
    """Somebody declared diabetes at the counter; an analyst is wanted."""
    life = await house.at_desk("Q10")
    await life.to_analysis()
    return life


@pytest.mark.shows("M127", "M133")
async def test_two_people_at_their_desks_take_a_declaration_to_a_signed_cpt(
    house: House, screens: Screens
) -> None:
    life = await to_analysis(house)
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.claims()
        await analyst.opines("cid.Q10", "E11.9")
    async with Desk.of(house, screens, "auditora.1") as auditor:
        await auditor.opens(life)
        await auditor.claims()
        await auditor.audits("Oferecer CPT")
    await life.phone.answer_offer("cpt")
    await life.phone.sign_term()
    [cpt] = await holds(house, life, "released", "integrated")
    row = (await erp_rows(house, life))[cpt]
    assert (row["status"], row["cid_ranges"]) == ("in_force", ["E10-E14"])


@pytest.mark.shows("M127")
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
        # On another computer the first one puts it back, and forgets what is written here.
        async with Desk.of(house, screens, "analista.1") as elsewhere:
            await elsewhere.opens(life)
            await elsewhere.panel.get_by_role("button", name="Devolver à fila").click()
            await expect(elsewhere.panel).to_contain_text("Assumir")
        await second.opens(life)
        await second.claims()
        asked = await second.decision("Pedir documentos")
        await asked.get_by_label("Documentos").fill("Exame de sangue")
        await asked.get_by_role("button", name="Pedir documentos").click()
        await second.told("Documentos pedidos ao proponente.")
        await text.get_by_role("button", name="Pedir documentos").click()
        # That the task changed may be told beside it, by itself.
        told_so = first.panel.get_by_role("alert").filter(has_text="analista.2 mudou isto")
        await expect(told_so).to_be_visible()
        await expect(first.panel).to_contain_text("Laudo do cardiologista")
    await life.soon(life.declaration_id, "health_declaration.documents.requested.v1")
    assert await holds(house, life) == set()
    wanted = await life.phone.api.get("/public/declaration/documents")
    assert wanted["items"] == ["Exame de sangue"]
    assert told(house, life, "documents.requested", "request_id") == [wanted["request_id"]]


async def test_a_document_that_was_asked_for_comes_from_the_phone_to_the_analyst(
    house: House, screens: Screens
) -> None:
    life = await to_analysis(house)
    async with Desk.of(house, screens, "analista.1") as analyst:
        await analyst.opens(life)
        await analyst.claims()
        asked = await analyst.decision("Pedir documentos")
        await asked.get_by_label("Documentos").fill("Laudo do cardiologista")
        await asked.get_by_role("button", name="Pedir documentos").click()
        await analyst.told("Documentos pedidos ao proponente.")
        async with Handset.of(house, screens, life) as phone:
            await phone.comes_in("ds_documents_request")
            await phone.sends("programa.exe", b"MZ" + bytes(200))
            await expect(phone.page.get_by_role("alert").first).to_be_visible()
            await phone.sends("laudo.pdf", b64decode(PDF))
            await expect(phone.page.locator(".notice.done")).to_contain_text("Arquivo recebido")
        await life.soon(life.declaration_id, "health_declaration.documents.received.v1")
        await analyst.opens(life)
        await expect(analyst.panel).to_contain_text("laudo.pdf")
    assert await holds(house, life) == set()
    [asked] = told(house, life, "documents.requested", "request_id")
    assert told(house, life, "documents.received", "request_id") == [asked]
