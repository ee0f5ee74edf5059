"""The compose file starts every process with the command and the variables it has here."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.local.processes import PROCESSES, Process
from tests.support.started import Started, faults, jobs, unknown

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
DONE = {"condition": "service_completed_successfully"}

Services = Mapping[str, Mapping[str, Any]]


def ours(services: Services) -> list[Started]:
    return [
        _started(service)
        for service in services.values()
        if str(service.get("image", "vinculo:")).startswith("vinculo:")
    ]


def _started(service: Mapping[str, Any]) -> Started:
    given = service.get("command") or ()
    words: Sequence[str] = shlex.split(given) if isinstance(given, str) else [str(w) for w in given]
    variables = {
        name: str(value)
        for name, value in service.get("environment", {}).items()
        if name.startswith("VINCULO_")
    }
    return Started(tuple(words), variables, int(service.get("deploy", {}).get("replicas", 1)))


def early(services: Services) -> list[str]:
    """Programs of ours that start before the databases and the topics are made."""
    jobs = {name for name in services if name == "topics" or name.startswith("migrate-")}
    return [
        f"{name} does not wait for {job}"
        for name, service in services.items()
        if "image" in service and str(service["image"]).startswith("vinculo:") and name not in jobs
        for job in sorted(jobs)
        if service.get("depends_on", {}).get(job) != DONE
    ]


def test_nothing_of_ours_starts_before_databases_and_topics_are_made() -> None:
    read = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert early(read["services"]) == []


def test_planted_fault_a_list_that_takes_the_place_of_the_common_one_is_told() -> None:
    image = {"image": "vinculo:local"}
    services = {
        "topics": image,
        "migrate-registry": image,
        "registry": {**image, "depends_on": {"topics": DONE, "migrate-registry": DONE}},
        "desk": {**image, "depends_on": {"topics": DONE, "sandbox": DONE}},
        "kafka": {"image": "apache/kafka"},
    }
    assert early(services) == ["desk does not wait for migrate-registry"]


def test_the_compose_file_starts_every_process_the_same_way() -> None:
    read = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    found = ours(read["services"])
    assert faults(found, [*PROCESSES, *jobs()]) == []
    assert unknown(found, [*PROCESSES, *jobs()]) == []


def _service(process: Process, **changes: object) -> dict[str, Any]:
    environment = dict.fromkeys(process.variables, "x")
    command = [*process.command, "--port", "8000"]
    return {"command": command, "environment": environment, **changes}


def _told(service: Mapping[str, Any], process: Process) -> list[str]:
    return faults(ours({"a": service}), [process])


def test_planted_faults_a_process_absent_or_started_otherwise_is_told() -> None:
    process = next(p for p in PROCESSES if p.instances > 1)
    right = _service(process, deploy={"replicas": process.instances})
    assert _told(right, process) == []
    assert faults([], [process]) == [f"{process.name} is not started"]
    assert _told({**right, "command": "sleep 1"}, process) == [f"{process.name} is not started"]
    assert _told({**right, "deploy": {}}, process) == [f"{process.name} starts 1 of 2"]
    more = {**right["environment"], "VINCULO_OWNER_DATABASE_URL": "x"}
    del more["VINCULO_KEK_FILE"]
    assert _told({**right, "environment": more}, process) == [
        f"{process.name} lacks VINCULO_KEK_FILE",
        f"{process.name} is given VINCULO_OWNER_DATABASE_URL",
    ]
    elsewhere = " ".join((*process.command, "--port", "9000"))
    assert _told({**right, "command": elsewhere}, process) == [f"{process.name} answers at 9000"]
    twice = [*ours({"a": right, "b": right})]
    assert faults(twice, [process]) == [f"{process.name} is started 2 times"]
    assert unknown([Started(("python", "-m", "services.loose"), {})], PROCESSES) == [
        "python -m services.loose"
    ]


def test_planted_fault_a_worker_whose_health_nobody_hears_is_told() -> None:
    process = next(p for p in PROCESSES if not p.serves)
    right = {**dict.fromkeys(process.variables, "x"), "VINCULO_HEALTH_PORT": "8000"}
    service = {"command": [*process.command], "environment": right}
    assert _told(service, process) == []
    service["environment"] = {**right, "VINCULO_HEALTH_PORT": "0"}
    assert _told(service, process) == [f"{process.name} answers at 0"]
