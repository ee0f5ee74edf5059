"""The compose file starts every process with the command and the variables it has here."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.local.processes import PROCESSES, Process

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
LISTENING = ("--host", "--port")

Services = Mapping[str, Mapping[str, Any]]


def command_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """The command without where it listens, which is the platform's choice."""
    given = service.get("command") or ()
    words: Sequence[str] = shlex.split(given) if isinstance(given, str) else [str(w) for w in given]
    places = {i + step for i, word in enumerate(words) if word in LISTENING for step in (0, 1)}
    return tuple(word for i, word in enumerate(words) if i not in places)


def variables_of(service: Mapping[str, Any]) -> set[str]:
    given = service.get("environment") or {}
    names = given if isinstance(given, Mapping) else [str(line).split("=")[0] for line in given]
    return {name for name in names if name.startswith("VINCULO_")}


def replicas_of(service: Mapping[str, Any]) -> int:
    return int(service.get("deploy", {}).get("replicas", 1))


def faults(services: Services, processes: Iterable[Process]) -> list[str]:
    """One sentence per process that is absent or started in another way."""
    by_command = {command_of(service): service for service in services.values()}
    told: list[str] = []
    for process in processes:
        service = by_command.get(process.command)
        told += (
            [f"{process.name} is not started"]
            if service is None
            else _differences(process, service)
        )
    return told


def _differences(process: Process, service: Mapping[str, Any]) -> list[str]:
    wanted, given = set(process.variables), variables_of(service)
    told = [f"{process.name} lacks {name}" for name in sorted(wanted - given)]
    told += [f"{process.name} is given {name}" for name in sorted(given - wanted)]
    if replicas_of(service) < process.instances:
        told.append(f"{process.name} starts {replicas_of(service)} of {process.instances}")
    return told


def early(services: Services) -> list[str]:
    """Programs of ours that start before the databases and the topics are made."""
    jobs = {name for name in services if name == "topics" or name.startswith("migrate-")}
    done = {"condition": "service_completed_successfully"}
    return [
        f"{name} does not wait for {job}"
        for name, service in services.items()
        if "image" in service and str(service["image"]).startswith("vinculo:") and name not in jobs
        for job in sorted(jobs)
        if service.get("depends_on", {}).get(job) != done
    ]


def test_nothing_of_ours_starts_before_databases_and_topics_are_made() -> None:
    read = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert early(read["services"]) == []


def test_planted_fault_a_list_that_takes_the_place_of_the_common_one_is_told() -> None:
    done = {"condition": "service_completed_successfully"}
    image = {"image": "vinculo:local"}
    services = {
        "topics": image,
        "migrate-registry": image,
        "registry": {**image, "depends_on": {"topics": done, "migrate-registry": done}},
        "desk": {**image, "depends_on": {"topics": done, "sandbox": done}},
        "kafka": {"image": "apache/kafka"},
    }
    assert early(services) == ["desk does not wait for migrate-registry"]


def test_the_compose_file_starts_every_process_the_same_way() -> None:
    read = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert faults(read["services"], PROCESSES) == []


def _service(process: Process, **changes: object) -> dict[str, Any]:
    environment = dict.fromkeys(process.variables, "x")
    return {"command": [*process.command], "environment": environment, **changes}


def test_the_platform_may_choose_where_a_process_listens() -> None:
    process = next(p for p in PROCESSES if p.serves and p.instances == 1)
    command = " ".join((*process.command, "--host", "0.0.0.0", "--port", "8000"))  # noqa: S104
    assert faults({"a": _service(process, command=command)}, [process]) == []


def test_planted_faults_a_process_absent_or_started_otherwise_is_told() -> None:
    process = next(p for p in PROCESSES if p.instances > 1)
    right = _service(process, deploy={"replicas": process.instances})
    assert faults({"a": right}, [process]) == []
    assert faults({}, [process]) == [f"{process.name} is not started"]
    assert faults({"a": {**right, "command": "sleep 1"}}, [process]) == [
        f"{process.name} is not started"
    ]
    assert faults({"a": {**right, "deploy": {}}}, [process]) == [f"{process.name} starts 1 of 2"]
    more = {**right["environment"], "VINCULO_OWNER_DATABASE_URL": "x"}
    del more["VINCULO_KEK_FILE"]
    assert faults({"a": {**right, "environment": more}}, [process]) == [
        f"{process.name} lacks VINCULO_KEK_FILE",
        f"{process.name} is given VINCULO_OWNER_DATABASE_URL",
    ]
