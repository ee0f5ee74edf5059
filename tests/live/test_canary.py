"""A canary in every field of identity and health: found nowhere that it may not be."""

import base64
import json
import string
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import typst
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from temporalio.client import Client as Temporal

from deploy.story import documents, feed
from deploy.story.http import Client, Refused
from deploy.story.life import Life
from deploy.story.proponent import PUBLIC, Phone
from tests.support.finder import Finder
from tests.support.live import House, refused, rows
from tests.support.places import Disk, Found, disk

OUTSIDE = ("postgres/sandbox", "postgres/log of sandbox")
"""The stand-ins' own database: what the ERP and the providers of messages know by right."""
ALLOWED_TOPIC = "kafka/erp.enrolments"
SERVICES = ("registry", "health_declaration", "contact", "worklist", "console", "sandbox", "desk")


@dataclass(frozen=True)
class Canary:
    """Somebody in whose every field stands a word that nothing else has."""

    word: str
    body: dict[str, Any]

    @property
    def finder(self) -> Finder:
        phone, email = (one["value"] for one in self.body["contacts"])
        whole = [self.body["full_name"], self.body["cpf"], self.body["cns"], phone, email]
        return Finder([self.word, self.body["cpf"], self.body["cns"], phone], whole)


def canary(house: House) -> Canary:
    word = "zq" + "".join(house.source.choices(string.ascii_lowercase, k=12))
    name = word.title()
    address = {
        "cep": "80010000",
        "street": f"Rua {name}",
        "number": "7",
        "complement": f"Bloco {name}",
        "district": f"Vila {name}",
        "city": f"São {name}",
        "uf": "PR",
    }
    known = {
        "full_name": f"Ana {name} Prado",
        "social_name": f"Bia {name}",
        "mother_name": f"Mãe {name} Prado",
        "cns": documents.cns(house.source),
        "addresses": [address],
    }
    body = house.person(**known).body
    email = {"channel": "email", "value": f"{word}@exemplo.com.br"}
    return Canary(word, body | {"contacts": [*body["contacts"], email]})


@pytest.fixture(scope="module")
async def kept(house: House) -> AsyncIterator[Disk]:
    run = house.world.stack.run
    async with disk(run, house.admin("postgres")) as opened:
        yield opened


async def test_the_finder_finds_a_control_planted_in_each_place(house: House, kept: Disk) -> None:
    word = f"controle{uuid4().hex}"
    run = house.world.stack.run
    planted = [run / "logs" / f"{word}.log", run / "spans" / f"{word}.jsonl"]
    for file in planted:
        file.write_text(json.dumps({"event": word}), encoding="utf-8")
    tables = [(name, house.admin(name)) for name in SERVICES[:-1]] + [
        ("keyring", house.admin("keyring"))
    ]
    try:
        for _, admin in tables:
            await rows(admin, f"create table planted_control as select '{word}' as words")
        await _plant_message(house, word)
        await _plant_process(house, word)
        found = await kept.holding(Finder([word]))
    finally:
        for file in planted:
            file.unlink()
        for _, admin in tables:
            await rows(admin, "drop table if exists planted_control")
    databases = {f"postgres/{name}" for name, _ in tables}
    logs = {f"postgres/log of {name}" for name, _ in tables}
    assert databases | logs | {"kafka/canary", "temporal", "logs", "spans"} <= set(found)


async def test_a_canary_with_a_disease_is_found_nowhere_it_may_not_be(
    house: House, kept: Disk
) -> None:
    await house.exchange_keys()
    bird = canary(house)
    life = await _walked(house, bird)
    await _talked_about(house, bird, life)
    errors = await _errors(house, bird, life)
    assert _leaks(await kept.holding(bird.finder)) == {}
    assert list(bird.finder.search("\n".join(errors).encode())) == []
    assert list(bird.finder.search(await _metrics(house))) == []
    case = await house.world.staff(life.office.analyst).get(f"/declarations/{life.declaration_id}")
    shown = json.dumps(case, ensure_ascii=False).encode()
    assert list(bird.finder.search(shown)), "a clinician must read what nobody else may"


async def test_a_canary_that_came_in_clear_by_the_topic_stays_on_that_topic(
    house: House, kept: Disk
) -> None:
    bird = canary(house)
    person = house.person(**bird.body)
    life = Life(house.world, person, Phone(house.world, person))
    await life.tell(feed.created(house.world.batch, person))
    await life.begin()
    found = await kept.holding(bird.finder)
    assert ALLOWED_TOPIC in found, "the one exempt place, until its retention ends"
    assert _leaks(found) == {}


async def test_after_the_erasure_nothing_opens_nothing_is_found_and_the_chain_holds(
    house: House, kept: Disk
) -> None:
    bird = canary(house)
    registered = await house.staff("cadastro", "registry").post("/people", bird.body)
    person_id = registered["person_id"]
    dpo = house.staff("encarregado", "registry")
    assert (await dpo.get(f"/people/{person_id}"))["full_name"] == bird.body["full_name"]
    assert _leaks(await kept.holding(bird.finder)) == {}

    await dpo.post(f"/people/{person_id}/erasure")

    assert (await refused(dpo.get(f"/people/{person_id}"))).status == 410
    query = "select wrapped, destroyed_at from person_key where tenant_id = $1 and person_id = $2"
    (key,) = await rows(house.admin("keyring"), query, house.tenant, person_id)
    assert key["wrapped"] is None
    assert key["destroyed_at"] is not None
    search = {"cpf": bird.body["cpf"]}
    page = await house.staff("cadastro", "registry").post("/people/search", search)
    assert page["items"] == []
    assert _leaks(await kept.holding(bird.finder)) == {}
    await house.sealed(person_id, "registry")
    assert (await house.chain("registry"))["broken_at"] is None


async def test_a_second_registration_after_the_erasure_is_another_person(house: House) -> None:
    bird = canary(house)
    registrar = house.staff("cadastro", "registry")
    first = (await registrar.post("/people", bird.body))["person_id"]
    await house.staff("encarregado", "registry").post(f"/people/{first}/erasure")
    second = await registrar.post("/people", bird.body)
    assert (second["outcome"], second["person_id"] != first) == ("created", True)


def _leaks(found: Found) -> Found:
    return {
        place: hows
        for place, hows in found.items()
        if place not in OUTSIDE and place != ALLOWED_TOPIC
    }


async def _walked(house: House, bird: Canary) -> Life:
    """From the enrolment to a signed CPT, the word in every free text on the way."""
    life = await house.enrols(house.person(**bird.body))
    phone, word = life.phone, bird.word
    await phone.open("ds_link")
    intermediary = {"name": f"Corretor {word}", "cpf": documents.cpf(house.source)}
    await phone.answer(await phone.acknowledge(intermediary=intermediary), ("Q10",))
    details = {"diagnostico": f"diabetes {word}", "ano": "2020"}
    await phone.api.put(f"{PUBLIC}/answers/Q10", {"answer": "yes", "details": details})
    await phone.sign()
    await life.to_analysis()
    await life.office.decide(life.office.analyst, "document-requests", {"items": [f"Laudo {word}"]})
    await phone.open("ds_documents_request")
    await phone.api.post(f"{PUBLIC}/documents", _scan(word))
    confirmed = [{"question_id": "Q10", "cid": "E11.9"}]
    opinion = {"conclusion": "preexisting", "text": f"Confirma {word}.", "confirmed": confirmed}
    await life.office.decide(life.office.analyst, "opinion", opinion)
    audit = {"decision": "offer", "notes": f"Ofertar a CPT por {word}."}
    await life.office.decide(life.office.auditor, "audit", audit)
    await phone.choose("cpt")
    await phone.sign_term()
    await life.released()
    return life


async def _talked_about(house: House, bird: Canary, life: Life) -> None:
    """The word in what employees write beside the declaration.

    The ERP's own words come in clear on `erp.acks`: how they are kept is tested apart.
    """
    word, once = bird.word, house.person(**canary(house).body)
    registrar = house.staff("cadastro", "registry")
    absorbed = (await registrar.post("/people", once.body))["person_id"]
    ids = {"survivor_id": life.person_id, "absorbed_id": absorbed}
    merged = await registrar.post("/people/merges", ids | {"reason": f"É {word} também"})
    undo = f"/people/merges/{merged['merge_id']}/undo"
    await registrar.post(undo, {"reason": f"Não era {word}"})
    gone = await house.enrols(house.person())
    process = f"/processes/declarations/{gone.declaration_id}"
    operator = house.staff("operador", "desk")
    await house.until(lambda: _runs(operator, process), "processo")
    for order in ("pause", "resume"):
        await operator.post(f"{process}/{order}", {"reason": f"Espera por {word}"})
    await gone.office.decide("balcao", "withdrawal", {"reason": f"Desistiu: {word}"})


async def _runs(operator: Client, process: str) -> bool:
    try:
        await operator.get(process)
    except Refused:
        return False
    return True


def _scan(word: str) -> dict[str, str]:
    document = typst.compile(f"= Laudo\nPaciente com {word}".encode())
    assert isinstance(document, bytes)
    content = base64.b64encode(document).decode()
    name, kind = f"laudo {word}.pdf", "application/pdf"
    return {"name": name, "media_type": kind, "content_base64": content}


async def _errors(house: House, bird: Canary, life: Life) -> list[str]:
    """What is answered to requests that are wrong and carry the word."""
    stack, word = house.world.stack, bird.word
    registry, forms = stack.url("registry"), stack.url("health_declaration")
    registrar = {"Authorization": f"Bearer {house.world.tokens['cadastro']}"}
    session = life.phone.api.headers
    wrong_cpf = bird.body | {"cpf": bird.body["cpf"][:-1] + "x"}
    odd = bird.body | {"birth_on": word, "addresses": [{"street": word}]}
    details = {"answer": "yes", "details": {"diagnostico": word}}
    asked = [
        ("POST", f"{registry}/people", wrong_cpf, registrar),
        ("POST", f"{registry}/people", odd, registrar),
        ("POST", f"{registry}/people/search", {"name": word, "cpf": word}, registrar),
        ("POST", f"{forms}/public/sessions", {"link": word * 2, "birth_on": word}, {}),
        ("POST", f"{forms}/public/sessions", {"link": word * 2, "birth_on": "1990-01-01"}, {}),
        ("PUT", f"{forms}{PUBLIC}/answers/Q10", details, session),
        ("PUT", f"{forms}{PUBLIC}/answers/Q10", {"answer": word}, session),
    ]
    bodies = []
    async with httpx.AsyncClient(timeout=60) as http:
        for method, url, body, headers in asked:
            answer = await http.request(method, url, json=body, headers=headers)
            assert 400 <= answer.status_code < 500, f"{method} {url}: {answer.status_code}"
            bodies.append(f"{dict(answer.headers)} {answer.text}")
    return bodies


async def _metrics(house: House) -> bytes:
    """The figures of every process that serves them."""
    content = b""
    async with httpx.AsyncClient(timeout=60) as http:
        for service in SERVICES:
            answer = await http.get(f"{house.world.stack.url(service)}/metrics")
            assert answer.status_code == 200, f"{service}: {answer.status_code}"
            content += answer.content
    return content


async def _plant_message(house: House, word: str) -> None:
    servers = house.world.stack.kafka
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    if "canary" not in await admin.list_topics():
        await admin.create_topics([NewTopic("canary", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    await producer.send_and_wait("canary", word.encode())
    await producer.stop()


async def _plant_process(house: House, word: str) -> None:
    told = house.world.stack.told["temporal"]
    client = await Temporal.connect(told["address"], namespace=told["namespace"])
    handle = await client.start_workflow("Planted", word, id=uuid4().hex, task_queue="canary")
    await handle.terminate()
