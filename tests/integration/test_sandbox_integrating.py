"""The consumer of docs/integrating.md and the sandbox's own ERP, on the live stack's broker."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwe
from joserfc.jwk import ECKey

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "erp_consumer.py"
HEADER = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
BODY = {
    "enrolment_ref": "E1",
    "cpf": "52998224725",
    "status": "in_force",
    "cid_ranges": ["I20-I25"],
    "tuss": ["30911052"],
    "high_technology_bed": False,
    "starts_on": "2026-12-01",
    "ends_on": "2028-12-01",
}


@dataclass
class Live:
    """The live stack as `stack.json` tells it, and a tenant that nobody else uses."""

    brokers: str
    sandbox: str
    acks: AIOKafkaConsumer
    producer: AIOKafkaProducer
    http: httpx.AsyncClient
    tenant_id: int = field(default_factory=lambda: SystemRandom().randrange(100_000, 900_000))

    async def token(self, *roles: str) -> dict[str, str]:
        person = {"tenant": self.tenant_id, "sub": "d", "name": "Dora", "roles": list(roles)}
        answer = await self.http.post(f"{self.sandbox}/issuer/people", json=person)
        assert answer.is_success, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def report(self, key: ECKey, cpt_id: str, revision: int) -> None:
        """As the relay of the health declaration would publish it."""
        clear = json.dumps(BODY | {"cpt_id": cpt_id, "revision": revision}).encode()
        fact = {
            "id": str(uuid4()),
            "occurred_at": datetime.now(UTC).isoformat(),
            "tenant_id": self.tenant_id,
            "person_id": str(uuid4()),
            "cpt_id": cpt_id,
            "revision": revision,
            "jwe": jwe.encrypt_compact(HEADER, clear, key, algorithms=list(HEADER.values())),
        }
        head = {
            "ce_id": fact["id"],
            "ce_type": "erp.cpt.reported.v1",
            "ce_tenantid": str(self.tenant_id),
        }
        await self.producer.send_and_wait(
            "erp.cpt",
            json.dumps(fact).encode(),
            cpt_id.encode(),
            headers=[(name, str(value).encode()) for name, value in head.items()],
        )

    async def confirmed(self, cpt_id: str, outcome: str, number: int) -> list[int]:
        """Revisions confirmed with that outcome, in order, once there are so many."""
        found: list[int] = []
        async with asyncio.timeout(240):
            async for message in self.acks:
                ack = json.loads(message.value)
                if (ack["cpt_id"], ack["outcome"]) == (cpt_id, outcome):
                    assert message.key == cpt_id.encode()
                    found.append(ack["revision"])
                if len(found) == number:
                    break
        return found


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    run = ROOT / os.environ.get("VINCULO_RUN", ".run")
    stack = json.loads((run / "stack.json").read_text())
    brokers = stack["kafka"]["bootstrap"]
    acks = AIOKafkaConsumer("erp.acks", bootstrap_servers=brokers, auto_offset_reset="latest")
    async with (
        acks,
        AIOKafkaProducer(bootstrap_servers=brokers, acks="all") as producer,
        httpx.AsyncClient(timeout=120) as http,
    ):
        await acks.seek_to_end()
        yield Live(brokers, stack["services"]["sandbox"]["url"], acks, producer, http)


async def test_the_forty_lines_of_the_guide_confirm_with_a_key_pair_of_their_own(
    live: Live, tmp_path: Path
) -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line.strip()]
    assert len(lines) <= 40
    assert not [line for line in lines if "vinculo" in line.lower() and "import" in line]
    key = ECKey.generate_key("P-256", private=True)
    file = tmp_path / "erp.jwk"
    file.write_text(json.dumps(key.as_dict(private=True)))
    consumer = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "ERP_KAFKA": live.brokers,
            "ERP_TENANT": str(live.tenant_id),
            "ERP_PRIVATE_JWK_FILE": str(file),
        },
    )
    cpt_id = str(uuid4())
    try:
        for revision in (1, 2, 2):
            await live.report(key, cpt_id, revision)
        assert await live.confirmed(cpt_id, "applied", 3) == [1, 2, 2]
    finally:
        consumer.terminate()
        await consumer.wait()


async def test_the_erp_of_the_sandbox_applies_and_confirms_over_the_bus(live: Live) -> None:
    driver = await live.token("sandbox_driver")
    published = (await live.http.get(f"{live.sandbox}/erp/key", headers=driver)).json()["jwk"]
    key, cpt_id = ECKey.import_key(published), str(uuid4())
    for revision in (1, 3, 3, 2):
        await live.report(key, cpt_id, revision)
    assert await live.confirmed(cpt_id, "applied", 4) == [1, 3, 3, 2]
    table = (await live.http.get(f"{live.sandbox}/erp/table", headers=driver)).json()["items"]
    assert [(row["cpt_id"], row["revision"], row["applied"]) for row in table] == [(cpt_id, 3, 2)]


async def test_an_erp_that_was_down_confirms_when_it_is_back(live: Live) -> None:
    driver = await live.token("sandbox_driver")
    published = (await live.http.get(f"{live.sandbox}/erp/key", headers=driver)).json()["jwk"]
    key, cpt_id = ECKey.import_key(published), str(uuid4())
    mode = f"{live.sandbox}/erp/mode"
    assert (await live.http.post(mode, json={"mode": "down"}, headers=driver)).is_success
    await live.report(key, cpt_id, 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await live.confirmed(cpt_id, "applied", 1)
    assert (await live.http.post(mode, json={"mode": "twice"}, headers=driver)).is_success
    assert await live.confirmed(cpt_id, "applied", 2) == [1, 1]


async def test_a_moved_clock_is_obeyed_by_the_other_services(live: Live) -> None:
    driver = await live.token("sandbox_driver")
    to = datetime.now(UTC) + timedelta(days=400)
    moved = await live.http.post(
        f"{live.sandbox}/clock", json={"to": to.isoformat()}, headers=driver
    )
    assert moved.status_code == 200, moved.text
    stack = json.loads((ROOT / os.environ.get("VINCULO_RUN", ".run") / "stack.json").read_text())
    url = f"{stack['services']['contact']['url']}/ops/clock"
    async with asyncio.timeout(240):
        while (await live.http.get(url, headers=driver)).json()["version"] < 1:
            continue
    seen = datetime.fromisoformat((await live.http.get(url, headers=driver)).json()["now"])
    assert abs(seen - to) < timedelta(hours=1)
