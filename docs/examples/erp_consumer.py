"""A consumer of `erp.cpt` that confirms on `erp.acks`: aiokafka and joserfc, nothing of Vínculo."""

import asyncio
import json
import os
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwe
from joserfc.jwk import ECKey

KEY = ECKey.import_key(json.loads(Path(os.environ["ERP_PRIVATE_JWK_FILE"]).read_text()))
TENANT, BROKERS = os.environ["ERP_TENANT"], os.environ["ERP_KAFKA"]
READ = {"group_id": f"erp-{TENANT}", "auto_offset_reset": "earliest", "enable_auto_commit": False}
TABLE: dict[str, dict] = {}  # yours is a database: commit the row before the offset


def apply(fact: dict) -> dict:
    sealed = jwe.decrypt_compact(fact["jwe"], KEY, algorithms=["ECDH-ES+A256KW", "A256GCM"])
    cpt = json.loads(sealed.plaintext)
    if cpt["revision"] > TABLE.get(cpt["cpt_id"], {"revision": 0})["revision"]:
        TABLE[cpt["cpt_id"]] = cpt  # a revision already held, or an older one, changes nothing
    return {"outcome": "applied"}  # or "refused", with a "reason" that tells nothing of the person


async def confirm(producer: AIOKafkaProducer, fact: dict, answer: dict) -> None:
    ack = {name: fact[name] for name in ("tenant_id", "cpt_id", "revision")} | answer
    headers = {"ce_id": str(uuid4()), "ce_type": "erp.cpt.acknowledged.v1", "ce_tenantid": TENANT}
    sent = [(name, value.encode()) for name, value in headers.items()]
    await producer.send_and_wait(
        "erp.acks", json.dumps(ack).encode(), ack["cpt_id"].encode(), headers=sent
    )


async def main() -> None:
    consumer = AIOKafkaConsumer("erp.cpt", bootstrap_servers=BROKERS, **READ)
    async with consumer, AIOKafkaProducer(bootstrap_servers=BROKERS, acks="all") as producer:
        async for message in consumer:
            if dict(message.headers).get("ce_tenantid") == TENANT.encode():
                fact = json.loads(message.value)
                await confirm(producer, fact, apply(fact))
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main())
