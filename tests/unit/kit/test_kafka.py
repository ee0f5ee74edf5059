"""How a message is read: who sent it, under which id it is known, whatever a partner wrote."""

import json
from typing import cast
from uuid import UUID, uuid4

from aiokafka.structs import ConsumerRecord

from contracts.erp.events import CptAcknowledged
from kit.kafka import opened, read
from kit.keyring import Keyring

NO_KEYS = cast(Keyring, None)
ACK = {"cpt_id": "c-1", "revision": 3, "outcome": "applied"}


def message(
    tenant: int, ce_id: str, topic: str = "erp.acks", offset: int = 0, moment: int = 1
) -> "ConsumerRecord[bytes, bytes]":
    headers = {"ce_id": ce_id, "ce_type": CptAcknowledged.type, "ce_tenantid": str(tenant)}
    body = json.dumps(ACK | {"tenant_id": tenant, "id": ce_id}).encode()
    given = [(name, text.encode()) for name, text in headers.items() if text]
    return ConsumerRecord(
        topic, 0, offset, moment, 0, b"c-1", body, None, 3, len(body), tuple(given)
    )


async def test_a_partners_id_may_be_any_text_and_said_again_is_the_same() -> None:
    first, again = read(message(1, "notus-1001")), read(message(1, "notus-1001", offset=9))
    assert first.event_id == again.event_id
    fact = await opened(first, CptAcknowledged, NO_KEYS)
    assert (fact.id, fact.revision) == (UUID(first.event_id), 3)


def test_the_same_id_of_two_operators_or_topics_is_two_messages() -> None:
    for said in ("notus-1001", str(uuid4())):
        ids = {
            read(message(1, said)).event_id,
            read(message(2, said)).event_id,
            read(message(1, said, "erp.enrolments")).event_id,
        }
        assert len(ids) == 3
        assert said not in ids


def test_a_partner_cannot_take_the_id_of_one_of_our_facts() -> None:
    ours = str(uuid4())
    assert read(message(1, ours, "registry.events")).event_id == ours
    assert read(message(1, ours)).event_id != ours


def test_a_message_without_an_id_is_known_by_its_place_on_this_very_topic() -> None:
    ids = [read(message(1, "", offset=at, moment=on)).event_id for at, on in ((0, 1), (1, 1))]
    assert ids[0] == read(message(1, "")).event_id
    assert ids[0] != ids[1]
    assert ids[0] != read(message(1, "", moment=2)).event_id


def test_an_id_that_no_encoding_takes_is_still_one_id() -> None:
    body = b'{"id": "\\ud800", "tenant_id": 1}'
    record = ConsumerRecord("erp.acks", 0, 0, 1, 0, b"k", body, None, 1, 1, ())
    assert UUID(read(record).event_id)
