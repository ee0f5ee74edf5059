"""What every part of one stack is told: folders, ports, secrets, which broker, which groups."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import jars
from deploy.local.paths import is_full
from deploy.local.ports import HOST, pick
from deploy.local.vault import Vault

FULL_BROKERS = ("kafka.1", "kafka.2", "kafka.3")


class NoBroker(Exception):
    """The broker asked for cannot start here."""


@dataclass(frozen=True)
class World:
    run: Path
    ports: dict[str, int]
    vault: Vault
    broker: str
    only: frozenset[str] = field(default_factory=frozenset)
    full: bool = False
    """The parts that production runs: a cluster, a server with its store, an identity provider."""

    def data(self, part: str) -> Path:
        return self.run / "data" / part

    def log(self, name: str) -> Path:
        return self.run / "logs" / f"{name}.log"

    def address(self, name: str) -> str:
        return f"{HOST}:{self.ports[name]}"

    def url(self, name: str) -> str:
        return f"http://{self.address(name)}"

    @property
    def brokers(self) -> tuple[str, ...]:
        """Names of the programs that carry the bus."""
        return FULL_BROKERS if self.full else ("kafka",)

    @property
    def bootstrap(self) -> str:
        """What a client of the bus is given."""
        return ",".join(self.address(name) for name in self.brokers)

    @property
    def replication(self) -> int:
        """Copies of each topic."""
        return len(self.brokers)

    @property
    def min_insync(self) -> int:
        """Copies that must hold a message before it counts as written: one may be away."""
        return max(1, self.replication - 1)

    def wants(self, group: str) -> bool:
        """Whether this stack starts the group; an empty choice is everything."""
        return not self.only or group == "parts" or group in self.only


def choose_broker() -> str:
    """`kafka` where its jars are, else `light`; BROKER decides, CI refuses the fallback."""
    asked = os.environ.get("BROKER", "")
    if asked == "light":
        return "light"
    if jars.present():
        return "kafka"
    if asked == "kafka" or os.environ.get("CI") == "true":
        raise NoBroker("O Apache Kafka é obrigatório aqui e seus jars não estão em .tools/kafka.")
    return "light"


def chosen_groups() -> frozenset[str]:
    """VINCULO_ONLY: groups parted by commas (`parts`, `registry`, …)."""
    return frozenset(filter(None, os.environ.get("VINCULO_ONLY", "").split(",")))


def open_world(run: Path, names: list[str]) -> World:
    """The world of a stack that is down: picks ports and draws secrets where missing."""
    for folder in (run, run / "data", run / "logs", run / "spans"):
        folder.mkdir(parents=True, exist_ok=True)
    full = is_full()
    broker = choose_broker()
    if full and broker != "kafka":
        raise NoBroker(
            "A pilha inteira pede o Apache Kafka, e seus jars não estão em .tools/kafka."
        )
    return World(run, pick(run, names), Vault(run), broker, chosen_groups(), full)
