"""What a platform starts, compared with deploy/local/processes.py: our one list of processes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deploy.local.postgres import SERVICES
from deploy.local.processes import (
    MIGRATED,
    MIGRATION,
    PROCESSES,
    REBUILD,
    REWRAP,
    TOPICS,
    Process,
)

LISTENING = ("--host", "--port")
HEALTH_PORT = "VINCULO_HEALTH_PORT"


@dataclass(frozen=True)
class Started:
    """One program as a platform would run it."""

    command: tuple[str, ...]
    variables: Mapping[str, str | None]
    """With their value, or None where it comes from elsewhere, such as a secret."""
    instances: int = 1

    @property
    def what(self) -> tuple[str, ...]:
        """The command without where it listens, which is the platform's choice."""
        places = [i for i, word in enumerate(self.command) if word in LISTENING]
        left_out = {at + step for at in places for step in (0, 1)}
        return tuple(word for i, word in enumerate(self.command) if i not in left_out)

    @property
    def port(self) -> str:
        """Where it answers probes, if it does."""
        if "--port" in self.command:
            return self.command[self.command.index("--port") + 1]
        return self.variables.get(HEALTH_PORT) or ""


def jobs() -> list[Process]:
    """What runs to its end before the processes start."""
    migrations = [
        Process(f"migrate.{name}", name, ("python", "-m", "kit.migrate", name), MIGRATION)
        for name in MIGRATED
    ]
    return [*migrations, Process("topics", "topics", ("python", "-m", "kit.topics"), TOPICS)]


def operations() -> list[Process]:
    """What an operator has run on a day that asks for it."""
    rebuilds = [
        Process(f"rebuild.{name}", name, ("python", "-m", "kit.rebuild"), REBUILD)
        for name in SERVICES
    ]
    return [*rebuilds, Process("rewrap", "keyring", ("python", "-m", "kit.rewrap"), REWRAP)]


def faults(found: Sequence[Started], wanted: Iterable[Process] = PROCESSES) -> list[str]:
    """One sentence per process that is absent or started in another way."""
    told: list[str] = []
    for process in wanted:
        same = [one for one in found if one.what == process.command and _of(process, one)]
        told += _differences(process, same[0]) if same else [f"{process.name} is not started"]
        told += [f"{process.name} is started {len(same)} times"] if len(same) > 1 else []
    return told


def _of(process: Process, one: Started) -> bool:
    """Whether it is for this service, where several are given the same command."""
    told = one.variables.get("VINCULO_SERVICE")
    return (
        told is None
        or process.command[:3] != ("python", "-m", "kit.rebuild")
        or (told == process.group)
    )


def _differences(process: Process, one: Started) -> list[str]:
    wanted, given = set(process.variables), set(one.variables)
    told = [f"{process.name} lacks {name}" for name in sorted(wanted - given)]
    told += [f"{process.name} is given {name}" for name in sorted(given - wanted)]
    if one.instances < process.instances:
        told.append(f"{process.name} starts {one.instances} of {process.instances}")
    if (process.serves or HEALTH_PORT in process.variables) and one.port != "8000":
        told.append(f"{process.name} answers at {one.port or 'no port'}")
    return told


def unknown(found: Iterable[Started], wanted: Sequence[Process]) -> list[str]:
    """Programs of ours that the list does not know."""
    known = {process.command for process in wanted}
    return [" ".join(one.what) for one in found if one.what not in known]
