"""The management system (NOTUS) beside us: contracts both ways, a replayed day, parked keys."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition
from joserfc import jwe
from joserfc.jwk import ECKey

from contracts.erp.events import CptAcknowledged, CptBody, CptReported, ErpEnrolmentReported
from contracts.registry.api import EnrolmentLine
from contracts.topics import topic
from deploy.story import feed
from deploy.story.bus import Fact
from deploy.story.http import pages
from deploy.story.life import HD, INTEGRATED, Life
from deploy.story.people import Person
from deploy.story.proponent import Phone
from tests.support.leaks import messages, parts_of
from tests.support.live import House, rows

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
ENROLLED = "registry.beneficiary.enrolled.v1"
REJECTED = "registry.enrolment.rejected.v1"
READ_BY = {"erp.enrolments": "registry", "erp.acks": HD}


async def tells(house: House, *lines: dict[str, Any], sealed: bool = False) -> None:
    """NOTUS says these lines, one after the other."""
    envelope = feed.Envelope(house.world.stack.told["erp"]["public_jwk"])
    for line in lines:
        clear, hidden = envelope(line), envelope(line)
        sent = hidden if sealed else clear
        assert EnrolmentLine.model_validate(line).enrolment_ref == sent.ref
        await house.world.bus.say(feed.TOPIC, feed.TYPE, sent.ref, sent.body)


async def knows(house: House, person: Person) -> Life:
    life = Life(house.world, person, Phone(house.world, person))
    await life.begin()
    return life


@pytest.fixture
async def own_key(house: House) -> ECKey:
    """NOTUS plays itself here: its key is ours to read with, the stand-in is out of the way."""
    await house.staff("motorista", "sandbox").post("/erp/mode", {"mode": "down"})
    key = ECKey.generate_key("P-256", {"use": "enc", "kid": "teste"}, private=True)
    public = {"jwk": key.as_dict(private=False)}
    await house.staff("integracao").put("/partners/notus", public)
    return key


@pytest.mark.shows("M150")
async def test_what_goes_out_and_what_comes_in_keep_the_published_contract(
    house: House, own_key: ECKey
) -> None:
    clear, hidden = house.person(), house.person()
    await tells(house, feed.created(house.world.batch, clear))
    await tells(house, feed.created(house.world.batch, hidden), sealed=True)
    await knows(house, clear)
    life = await house.signs_at_desk(await knows(house, hidden), "Q18")
    await life.to_analysis()
    await house.opines(life, "Q18", "K40.9")
    await life.office.audit("offer")
    await life.phone.answer_offer("cpt")
    await life.phone.sign_term()
    out = await life.soon(life.person_id, CptReported.type)
    assert out.topic == CptReported.topic == "erp.cpt"
    told = CptReported.model_validate(out.body, strict=False)
    opened = jwe.decrypt_compact(told.jwe, own_key, algorithms=ALGORITHMS)
    body = CptBody.model_validate_json(opened.plaintext or b"")
    assert json.loads(opened.plaintext or b"").keys() == CptBody.model_fields.keys()
    assert (body.cpf, body.enrolment_ref) == (life.person.body["cpf"], life.ref)
    assert (body.status, body.cid_ranges, body.high_technology_bed) == (
        "in_force",
        ("K40-K46",),
        False,
    )
    assert "31009115" in body.tuss
    assert "30912032" not in body.tuss
    answer = {"cpt_id": body.cpt_id, "revision": body.revision, "outcome": "applied"}
    ack = CptAcknowledged.model_validate(answer | {"tenant_id": house.tenant})
    await house.world.bus.say(ack.topic, ack.type, ack.key, answer)
    await life.soon(life.declaration_id, INTEGRATED)


@pytest.mark.shows("M150")
async def test_a_bad_line_comes_back_with_field_and_reason_and_the_good_ones_go_on(
    house: House,
) -> None:
    good, bad = house.person(), house.person(cpf="11111111111")
    batch = house.world.batch
    envelope = feed.Envelope(house.world.stack.told["erp"]["public_jwk"])
    for person in (bad, good):
        sent = envelope(feed.created(batch, person))
        assert ErpEnrolmentReported.model_validate(sent.body | {"tenant_id": house.tenant})
        await house.world.bus.say(feed.TOPIC, feed.TYPE, sent.ref, sent.body)
    await knows(house, good)
    integration = house.staff("integracao", "registry")

    async def listed() -> bool:
        found = await pages(integration, "/enrolment-rejections")
        mine = [one for one in found if one["enrolment_ref"] == bad.ref]
        return [e["field"] for one in mine for e in one["errors"]] == ["enrolment.person.cpf"]

    await house.until(listed, "linha recusada")


async def state(house: House) -> dict[str, Any]:
    """What every party holds of this operator."""
    analyst, driver = house.staff("analista.1"), house.staff("motorista", "sandbox")
    cases = await pages(analyst, "/declarations")
    cpts = [await pages(analyst, f"/cpts?person_id={one['person_id']}") for one in cases]
    enrolments = "select id, sequence, status, joining_on from enrolment where tenant_id = $1"
    people = "select id, revision from person where tenant_id = $1"
    admin = house.admin("registry")
    refused_lines = await pages(house.staff("integracao", "registry"), "/enrolment-rejections")
    return {
        "cases": sorted((c["declaration_id"], c["stage"], c["version"]) for c in cases),
        "cpts": sorted(str(one) for found in cpts for one in found),
        "enrolments": sorted(map(str, await rows(admin, enrolments, house.tenant))),
        "people": sorted(map(str, await rows(admin, people, house.tenant))),
        "erp": (await driver.get("/erp/table"))["items"],
        "rejections": sorted({one["enrolment_ref"] for one in refused_lines}),
    }


async def told_again(house: House, fresh_ids: bool) -> None:
    """Everything this operator's ERP said is said once more, and read by whom it concerns."""
    servers = house.world.stack.kafka
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all")
    await consumer.start()
    await producer.start()
    last: dict[str, dict[int, int]] = {name: {} for name in READ_BY}
    try:
        for name, parts in (await parts_of(servers, *READ_BY)).items():
            for record in await messages(consumer, parts):
                headers = dict(record.headers)
                if headers.get("ce_tenantid") != str(house.tenant).encode():
                    continue
                if fresh_ids:
                    headers["ce_id"] = str(uuid4()).encode()
                    body = json.loads(record.value) | {"id": headers["ce_id"].decode()}
                    record.value = json.dumps(body).encode()
                sent = await producer.send_and_wait(
                    name, record.value, key=record.key, headers=list(headers.items())
                )
                last[name][sent.partition] = sent.offset
    finally:
        await producer.stop()
        await consumer.stop()
    for name, group in READ_BY.items():
        await read_by(house, name, group, last[name])


async def read_by(house: House, name: str, group: str, last: dict[int, int]) -> None:
    """Waits until the group has read past these offsets, as any Kafka tool tells its lag."""
    assert last
    admin = AIOKafkaAdminClient(bootstrap_servers=house.world.stack.kafka)
    await admin.start()

    async def past() -> bool:
        places = await admin.list_consumer_group_offsets(group)
        return all(places[TopicPartition(name, at)].offset > last[at] for at in last)

    try:
        await house.until(past, f"atraso de {group} em {topic(name).name}")
    finally:
        await admin.close()


@pytest.mark.shows("M150")
@pytest.mark.parametrize("fresh_ids", [False, True])
async def test_a_day_told_again_changes_nothing(house: House, fresh_ids: bool) -> None:
    await house.exchange_keys()
    await house.staff("motorista", "sandbox").post("/erp/mode", {"mode": "up"})
    batch, person, ended = house.world.batch, house.person(), house.person()
    await tells(house, feed.created(batch, person), feed.created(batch, ended), sealed=True)
    gone = await knows(house, ended)
    await tells(house, feed.ended(ended.ref, "cancelled", house.today))
    await gone.soon(gone.declaration_id, f"{HD}.declaration.cancelled.v1")
    life = await house.signs_at_desk(await knows(house, person), "Q18")
    await life.to_analysis()
    await house.opines(life, "Q18", "K40.9")
    await life.office.audit("offer")
    await life.phone.answer_offer("cpt")
    await life.phone.sign_term()
    await life.soon(life.declaration_id, INTEGRATED)
    await house.days_pass(await house.now() + timedelta(minutes=1))
    await house.settled()
    before, facts = await state(house), ours(house)
    await told_again(house, fresh_ids)
    await house.settled()
    assert await state(house) == before
    assert ours(house) == facts


def ours(house: House) -> set[str]:
    """Facts of our own, by id. Contacts sent meanwhile are another matter, and a bad line told
    again is refused again."""
    mine = ("registry.events", "health_declaration.events", "erp.cpt")
    skipped = (f"{HD}.contact.requested.v1", REJECTED)

    def kept(fact: Fact) -> bool:
        return fact.topic in mine and fact.type not in skipped

    return {fact.id for fact in house.world.bus.facts.values() if kept(fact)}


@pytest.mark.shows("M150")
async def test_how_far_each_reader_is_behind_is_told_by_topic(house: House) -> None:
    await tells(house, feed.created(house.world.batch, house.person()))
    pages_of = house.world.stack.told["metrics"]
    read = {"registry.worker": "erp.enrolments", "health_declaration.worker": "erp.acks"}
    async with httpx.AsyncClient() as scraper:
        for process, name in read.items():

            async def caught_up(url: str = pages_of[process], name: str = name) -> bool:
                figures = (await scraper.get(url)).text
                return f'consumer_lag{{topic="{name}"}} 0' in figures.splitlines()

            await house.until(caught_up, f"{process} atrasado em {name}")


FAULT = """
    create function {name}() returns trigger language plpgsql as $$
    begin raise exception 'falha plantada'; end $$;
    create trigger {name} before insert on enrolment for each row
    when (new.enrolment_ref = '{ref}') execute function {name}();
    grant execute on function {name}() to public
"""


@pytest.mark.shows("M150")
async def test_a_poison_message_parks_its_key_alone_and_is_driven_again(house: House) -> None:
    """The fault is planted in the database for one reference, as a bad deployment might."""
    struck, other = house.person(), house.person()
    batch, name = house.world.batch, f"falha_{house.tenant}"
    owner = house.world.stack.told["postgres"]["registry"]["owner"]
    await run(owner, FAULT.format(name=name, ref=struck.ref))
    try:
        later = feed.created(batch, struck, 2, "changed")
        await tells(house, feed.created(batch, struck), later, feed.created(batch, other))
        await knows(house, other)
        integration = house.staff("integracao", "registry")

        async def parked() -> bool:
            found = (await integration.get("/ops/parked"))["items"]
            mine = [one for one in found if one["key"] == struck.ref]
            return [(one["topic"], one["messages"]) for one in mine] == [(feed.TOPIC, 2)]

        await house.until(parked, "chave estacionada")
        body = {"topic": feed.TOPIC, "key": struck.ref}
        still = await integration.post("/ops/parked/redrive", body)
        assert still == {"handled": 0, "still_parked": True}
    finally:
        await run(owner, f"drop function {name}() cascade")
    driven = await integration.post("/ops/parked/redrive", body)
    assert driven == {"handled": 2, "still_parked": False}
    await knows(house, struck)
    assert not await parked()
    assert len(house.world.bus.about(struck.ref, ENROLLED)) == 1


async def run(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
