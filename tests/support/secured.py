"""One broker that asks everybody who they are, over TLS, and lets nobody do what no ACL allows."""

import asyncio
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.local import kafka as local
from kit.kafka_login import login
from kit.settings import Settings
from tests.support.bench import free_port
from tests.support.certificates import authority, vouched

ADMIN, SECRET = "admin", "its-secret"
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA"
TOPIC, GROUP, LITERAL, ALLOWED = 2, 3, 3, 3
OPERATIONS = {
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Describe": 8,
    "DescribeConfigs": 10,
    "AlterConfigs": 11,
}
START_SECONDS = 60


@dataclass(frozen=True)
class Secured:
    """Where it listens and who vouches for it."""

    servers: str
    ca_file: Path

    def settings(self, name: str, **more: Any) -> Settings:
        """Of a process that logs in by this name."""
        given = {"kafka_username": name, "kafka_password": SECRET} | more
        return Settings(
            kafka_servers=self.servers,
            kafka_security_protocol="SASL_SSL",
            kafka_ca_file=str(self.ca_file),
            **given,
        )


@asynccontextmanager
async def secured(folder: Path, names: Iterable[str]) -> AsyncIterator[Secured]:
    """The broker, with a login for each name beside the administrator's."""
    broker = _prepared(folder)
    _formatted(folder, [ADMIN, *names])
    command = local.java("kafka.Kafka", str(folder / "server.properties"), options=local.MEMORY)
    with (folder / "kafka.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=log, stderr=log)
    try:
        await _answers(broker)
        yield broker
    finally:
        process.terminate()
        await process.wait()


async def allow(broker: Secured, script: str, names: Iterable[str]) -> None:
    """Writes the ACLs of these logins as the lines of the chart's job would."""
    settings = broker.settings(ADMIN)
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.servers, **login(settings))
    await admin.start()
    try:
        for line in script.splitlines():
            if any(f"User:{name} " in line for name in names):
                for resource, name, operation in _named(line):
                    who = re.search(r"User:\w+", line)
                    assert who is not None
                    asked = CreateAclsRequest(
                        resource, name, LITERAL, who[0], "*", operation, ALLOWED
                    )
                    answer = await admin._send_request(asked)
                    assert [code for code, _ in answer.creation_responses] == [0]
    finally:
        await admin.close()


def _named(line: str) -> list[tuple[int, str, int]]:
    """Resources and operations of one line of `kafka-acls.sh`."""
    words = shlex.split(line)
    given = list(pairwise(words))
    operations = [OPERATIONS[value] for word, value in given if word == "--operation"]
    kinds = {"--topic": TOPIC, "--group": GROUP}
    resources = [(kinds[word], value) for word, value in given if word in kinds]
    return [(kind, name, operation) for kind, name in resources for operation in operations]


def _prepared(folder: Path) -> Secured:
    outside, inside = free_port(), free_port()
    ca = authority("brokers of the test")
    server = vouched(ca, "broker")
    (folder / "ca.pem").write_bytes(ca.pem)
    (folder / "server.pem").write_bytes(server.key_pem + server.pem)
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{inside}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"SASL_SSL://127.0.0.1:{outside},CONTROLLER://127.0.0.1:{inside}",
        "advertised.listeners": f"SASL_SSL://127.0.0.1:{outside}",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            f'{scram} username="{ADMIN}" password="{SECRET}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "server.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        # The controller's own line, which only this machine reaches, carries no name.
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
    }
    lines = [f"{key}={value}\n" for key, value in settings.items()]
    (folder / "server.properties").write_text("".join(lines))
    return Secured(f"127.0.0.1:{outside}", folder / "ca.pem")


def _formatted(folder: Path, names: Iterable[str]) -> None:
    logins = [
        word
        for name in names
        for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={SECRET}]")
    ]
    command = local.java(
        "kafka.tools.StorageTool",
        *("format", "-t", CLUSTER, "-c", str(folder / "server.properties"), *logins),
        options=("-Xmx64m", "-XX:TieredStopAtLevel=1"),
    )
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 (ours)


async def _answers(broker: Secured) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            given = login(broker.settings(ADMIN))
            admin = AIOKafkaAdminClient(bootstrap_servers=broker.servers, **given)
            try:
                await admin.start()
                return
            except (KafkaConnectionError, KafkaError, OSError):
                await asyncio.sleep(0.2)
            finally:
                await admin.close()
