"""Everything around the cases: people and contracts, rules, contacts, the stand-ins themselves."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from deploy.story.http import Client
from tests.api.judging import JudgedWire
from tests.api.walk_own import of_a_person
from tests.support.live import House, enrolment

WHY = {"reason": "Conferido com o documento."}


async def registry(house: House, wire: JudgedWire) -> None:
    """People registered, joined and separated again, enrolled one by one and by file, erased."""
    clerk, officer = house.staff("cadastro", "registry"), house.staff("encarregado", "registry")
    bodies = [house.person().body for _ in range(2)]
    people = [(await clerk.post("/people", body))["person_id"] for body in bodies]
    await clerk.put(f"/people/{people[0]}", bodies[0] | {"social_name": "Nome Social"})
    await clerk.put(f"/people/{people[0]}/preferences", {"channels": ["whatsapp"]})
    consent = {"purpose": "contact", "text_version": "1", "given": True}
    await clerk.post(f"/people/{people[0]}/consents", consent)
    await clerk.post("/people/search", {"cpf": bodies[0]["cpf"]})
    await clerk.post("/people/names", {"person_ids": people})
    merge = {"survivor_id": people[0], "absorbed_id": people[1]} | WHY
    merged = await clerk.post("/people/merges", merge)
    await clerk.post(f"/people/merges/{merged['merge_id']}/undo", WHY)
    await of_a_person(house, people[0])
    await officer.post(f"/people/{people[1]}/erasure")
    await _contracts(house, clerk)
    await _enrolments(house)
    await _files(house, wire)


async def _contracts(house: House, clerk: Client) -> None:
    company = {"cnpj": "11222333000181", "name": "Padaria Central"}
    await clerk.post("/companies", company)
    body = {"contract_ref": f"{house.tenant}-E", "kind": "company", "company": company}
    contract = await clerk.post("/contracts", body | {"signed_on": "2026-01-05", "lives": 12})
    await clerk.get(f"/contracts/{contract['contract_id']}")


async def _enrolments(house: House) -> None:
    integration = house.staff("integracao", "registry")
    made = await integration.post("/enrolments", enrolment(house, house.person()))
    path = f"/enrolments/{made['enrolment_id']}"
    await integration.get(path)
    later = house.today + timedelta(days=1)
    await integration.post(f"{path}/joining-date", {"joining_on": later.isoformat()})
    await integration.post(f"{path}/end", {"reason": "cancelled", "ended_on": later.isoformat()})


async def _files(house: House, wire: JudgedWire) -> None:
    """A file whose only line is refused and comes back."""
    integration = house.staff("integracao", "registry")
    headers = integration.headers | {"Content-Type": "application/x-ndjson"}
    url = f"{house.world.stack.url('registry')}/enrolment-files"
    line = json.dumps({"source": "notus", "enrolment_ref": f"{house.tenant}-X"})
    receipt = (await wire.send("POST", url, content=line, headers=headers)).json()
    await wire.send("GET", f"{url}/{receipt['file_id']}/rejected", headers=integration.headers)


async def rules(house: House) -> None:
    """A draft checked, simulated, published by a second person; what is read first."""
    author, second = house.staff("regras.1"), house.staff("regras.2")
    path = "/rule-sets/parameters"
    now = await author.get(f"{path}/versions/1")
    for _ in range(2):
        await author.put(f"{path}/draft", {"content": now["content"], "cases": []})
        await author.post(f"{path}/draft/check")
        await author.post(f"{path}/draft/simulation")
        read = await house.read_draft("parameters")
        published = await second.post(f"{path}/draft/publication", read)
    await author.get(f"{path}/versions/{published['version']}/diff")
    for kind in ("letter", "privacy", "terms"):
        text = {"version": f"{house.tenant}", "title": "Texto", "text": "Texto que se lê antes."}
        draft = await author.post("/notices", text | {"kind": kind})
        await second.get("/notices")
        named = {name: draft[name] for name in ("kind", "version", "content_hash")}
        await second.post("/notices/publication", named)


async def unsent(house: House) -> None:
    """Nothing is parked in an outbox: asking for it again changes nothing."""
    body = {"topic": f"{house.tenant}", "key": f"{house.tenant}"}
    for service in ("registry", "health_declaration", "contact", "worklist", "console", "sandbox"):
        operator = house.staff("operador", service)
        await operator.post("/ops/outbox/parked/redrive", body)


async def contacts(house: House, wire: JudgedWire) -> None:
    """A message whose fate nobody knows until a person says so, and what the provider reports."""
    operator, driver = house.staff("operador", "contact"), house.staff("motorista", "sandbox")
    person = house.person()
    [contact] = person.body["contacts"]
    silent = {"recipient": contact["value"], "mode": "silent", "times": 1}
    await driver.post("/whatsapp-mode", silent)
    await house.staff("integracao", "registry").post("/enrolments", enrolment(house, person))
    unknown: list[dict[str, Any]] = []

    async def in_doubt() -> bool:
        unknown[:] = (await operator.get("/contacts?status=unknown"))["items"]
        return bool(unknown)

    await house.until(in_doubt, "contato em dúvida")
    path = f"/contacts/{unknown[0]['contact_id']}"
    await operator.get(path)
    await operator.post(f"{path}/resolve", {"outcome": "resend", "reason": "A pessoa não recebeu."})
    await _webhooks(house, wire)


async def _webhooks(house: House, wire: JudgedWire) -> None:
    given = house.world.stack.told["stand_ins"]["whatsapp"]
    url = f"{house.world.stack.url('contact')}/webhooks/whatsapp"
    asked = {"mode": "subscribe", "verify_token": given["verify_token"], "challenge": "1158201444"}
    await wire.send("GET", url, params={f"hub.{name}": value for name, value in asked.items()})
    report = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    digest = hmac.new(given["app_secret"].encode(), report, hashlib.sha256).hexdigest()
    signature = {"X-Hub-Signature-256": f"sha256={digest}"}
    await wire.send("POST", url, content=report, headers=signature)


async def stand_ins(house: House, wire: JudgedWire) -> None:
    """What a customer of the providers asks of them."""
    given = house.world.stack.told["stand_ins"]
    await _room(house, wire, given["video"])
    whatsapp = given["whatsapp"]
    body = {"messaging_product": "whatsapp", "to": "+5541999990000", "text": {"body": "Olá"}}
    url = f"{whatsapp['url']}/v20.0/{whatsapp['phone_number_id']}/messages"
    login = {"Authorization": f"Bearer {whatsapp['token']}"}
    await wire.send("POST", url, json=body, headers=login)
    probe = {"cpf": house.person().body["cpf"], "on": house.today.isoformat(), "cid": "K409"}
    await house.staff("motorista", "sandbox").post("/erp/probe", probe)
    await house.hire("recepcao", "desk")


async def _room(house: House, wire: JudgedWire, video: dict[str, str]) -> None:
    login = {"Authorization": f"Bearer {video['token']}"}
    now = await house.now()
    hours = {
        "opens_at": (now - timedelta(hours=1)).isoformat(),
        "closes_at": (now + timedelta(days=2)).isoformat(),
    }
    url, body = f"{video['url']}/rooms", hours | {"tenant_id": house.tenant}
    room = (await wire.send("POST", url, json=body, headers=login)).json()
    await wire.send("GET", f"{url}/{room['room_id']}", headers=login)
    page = room["join_url"]
    await wire.send("GET", page)
    for action in ("join", "leave"):
        await wire.send("POST", page.replace("/page?", f"/{action}?"))
