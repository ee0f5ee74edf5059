"""Notice and consents: read apart, each purpose by itself, taken back, and proved to the person."""

from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.support.handset import Handset
from tests.support.live import House
from tests.support.screen import Screens

NEWS, SURVEY = "Novidades do plano", "Pesquisas de satisfação"


def purpose(phone: Handset, title: str) -> Locator:
    """The part of the page that asks for one consent."""
    return phone.page.locator("section.card", has=phone.page.locator("h2", has_text=title))


@pytest.mark.shows("M107")
async def test_each_purpose_is_consented_to_by_itself_and_the_proof_is_the_persons(
    house: House, screens: Screens
) -> None:
    life = await house.enrols(house.person())
    async with Handset.of(house, screens, life) as phone:
        await phone.comes_in()
        await phone.screen.go("/privacidade")
        notice = phone.page.locator("main")
        await expect(notice).to_contain_text("O aviso explica; ele não pede autorização")
        await phone.screen.go("/consentimentos")
        for box in await phone.page.get_by_role("checkbox").all():
            await expect(box).not_to_be_checked()
        for title in (NEWS, SURVEY):
            asked = purpose(phone, title)
            await asked.get_by_role("checkbox").check()
            await asked.get_by_role("button", name="Guardar").click()
            await expect(purpose(phone, title)).to_contain_text("Autorizado em")
        await purpose(phone, SURVEY).get_by_role("button", name="Revogar").click()
        await expect(purpose(phone, SURVEY)).to_contain_text("Revogado em")
        answer = await phone.page.request.get(phone.screen.origin + "/meus-dados.json")
        told = {one["title"]: one for one in (await answer.json())["person"]["consents"]}
    assert {title: one["given"] for title, one in told.items() if one["given"] is not None} == {
        NEWS: True,
        SURVEY: False,
    }
    assert told[NEWS]["text_version"] == "1"
    assert datetime.fromisoformat(told[NEWS]["recorded_at"])
    noted = [one for one in await house.trail(life.declaration_id) if one["details"]]
    texts = [one["details"]["text"] for one in noted if "purpose" in one["details"]]
    assert len(texts) == 3
    assert all(len(one) == 64 for one in texts)


@pytest.mark.shows("M107")
async def test_a_consent_for_one_channel_and_purpose_is_exported_with_text_time_and_who(
    house: House,
) -> None:
    life = await house.enrols(house.person())
    path = f"/people/{life.person_id}"
    said: dict[str, Any] = {"purpose": "contato por WhatsApp", "text_version": "2", "given": True}
    await house.staff("cadastro", "registry").post(f"{path}/consents", said)
    await house.staff("encarregado", "registry").post(
        f"{path}/consent-revocations", {"purpose": said["purpose"], "text_version": "2"}
    )
    proof = await house.staff("encarregado", "registry").get(f"{path}/export")
    of_channel = [one for one in proof["consents"] if one["purpose"] == said["purpose"]]
    assert [(one["given"], one["text_version"], one["recorded_by"]) for one in of_channel] == [
        (True, "2", "cadastro"),
        (False, "2", "encarregado"),
    ]
    assert all(datetime.fromisoformat(one["recorded_at"]) for one in of_channel)
