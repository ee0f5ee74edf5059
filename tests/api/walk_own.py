"""What people ask of their own data, and what the officer answers."""

from typing import Any

from deploy.story.life import Life
from tests.support.live import House

OWN = "/public/own-data"


async def own_data(house: House, life: Life) -> None:
    """Seen, taken along, consented to, corrected; answered by the officer."""
    phone, officer = life.phone.api, house.staff("encarregado")
    seen = await phone.get(OWN)
    await phone.get(f"{OWN}/export")
    purpose = seen["consents"][0]
    said = {"purpose": purpose["purpose"], "text_version": purpose["text_version"], "given": True}
    await phone.put(f"{OWN}/consents", said)
    asked = await phone.post(f"{OWN}/requests", {"kind": "correction", "text": "Nome errado."})
    path = f"/own-data-requests/{asked['request_id']}"
    await officer.get(path)
    await officer.post(f"{path}/settlement", {"answer": "Corrigido no cadastro."})


async def of_a_person(house: House, person_id: str) -> None:
    """Everything the registry tells of somebody, and a consent taken back."""
    clerk, officer = house.staff("cadastro", "registry"), house.staff("encarregado", "registry")
    path = f"/people/{person_id}"
    for part in ("", "/consents", "/enrolments", "/timeline"):
        await clerk.get(f"{path}{part}")
    await clerk.post(f"{path}/cpf-reveals", {"reason": "Conferir o titular ao telefone."})
    taken_back: dict[str, Any] = {"purpose": "contact", "text_version": "1"}
    await officer.post(f"{path}/consent-revocations", taken_back)
    await officer.get(f"{path}/export")
