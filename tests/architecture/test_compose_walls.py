"""Compose would read the file, and every container in it is shut, bound and pinned."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.local.compose_env import variables
from deploy.local.vault import Vault

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SCHEMA = ROOT / "deploy" / "schemas" / "compose-spec.json"
PINNED = re.compile(r".+(:v?\d+\.\d+(\.\d+)?|@sha256:[0-9a-f]{64})")
EXACT = re.compile(r".+:\d+\.\d+\.\d+")
BY_SCRAPING = {"otel-collector", "tempo"}
"""Images with one program and no shell: Prometheus finds them gone, the engine cannot ask them."""
NEEDED = re.compile(r"\$\{(\w+):\?")

Compose = dict[str, Any]


@pytest.fixture
def compose() -> Compose:
    read: Compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return copy.deepcopy(read)


def unread(compose: Compose) -> list[str]:
    """What compose itself would refuse to read."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = Draft202012Validator(schema).iter_errors(compose)
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in found]


def open_walls(compose: Compose) -> list[str]:
    """One sentence per container that could write, rise, grow or be another tomorrow."""
    return [
        f"{name} {fault}"
        for name, service in compose["services"].items()
        for fault in _of(name, service)
    ]


def _of(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    yield from _unshut(service)
    for limit in ("cpus", "mem_limit", "pids_limit"):
        if not service.get(limit):
            yield f"has no {limit}"
    if not service.get("build") and not PINNED.fullmatch(str(service.get("image"))):
        yield f"is not pinned: {service.get('image')}"
    if service.get("restart") != "no" and "healthcheck" not in service and name not in BY_SCRAPING:
        yield "is never asked how it is"
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"is open to the network: {port}"


def _unshut(service: Mapping[str, Any]) -> Iterator[str]:
    if str(service.get("user", "")).split(":")[0] in {"", "0", "root"}:
        yield "runs as root"
    if service.get("read_only") is not True:
        yield "may write to its image"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may rise above its user"


def undrawn(text: str, drawn: Mapping[str, str]) -> list[str]:
    """Variables that the file demands and nobody draws."""
    return sorted(set(NEEDED.findall(text)) - set(drawn))


def unanswered(compose: Compose) -> list[str]:
    """Addresses given to our programs at which nobody of this file listens."""
    services = compose["services"]
    listening = {name for name in services if name.split("-")[0] != "migrate"}
    hosts = {
        (name, variable, host)
        for name, service in services.items()
        for variable, value in service.get("environment", {}).items()
        if variable.startswith("VINCULO_")
        for host in re.findall(r"(?:https?://|@)([\w-]+):\d+", str(value))
        if host not in {"localhost"}
    }
    return [f"{n} looks for {host} ({v})" for n, v, host in sorted(hosts) if host not in listening]


def loose_bases(root: Path) -> list[str]:
    """What our own images are built upon without an exact version."""
    files = [root / "Dockerfile", *sorted((root / "deploy" / "compose").glob("*.Dockerfile"))]
    lines = [line.split() for file in files for line in file.read_text("utf-8").splitlines()]
    bases = [words[1] for words in lines if words[:1] == ["FROM"]]
    return [base for base in bases if not EXACT.match(base)]


def test_compose_would_read_the_file(compose: Compose) -> None:
    assert unread(compose) == []


def test_every_container_is_shut_bound_and_pinned(compose: Compose) -> None:
    assert open_walls(compose) == []
    assert loose_bases(ROOT) == []


def test_planted_fault_an_image_built_upon_a_moving_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.13-slim AS build\nFROM python:3.13.9\n")
    assert loose_bases(tmp_path) == ["python:3.13-slim"]


def test_what_the_file_demands_is_drawn(tmp_path: Path) -> None:
    drawn = variables(Vault(tmp_path), "secret")
    assert undrawn(COMPOSE.read_text(encoding="utf-8"), drawn) == []
    assert undrawn("${POSTGRES_PASSWORD:?} ${NOBODY_DRAWS:?}", drawn) == ["NOBODY_DRAWS"]


def test_every_address_in_it_is_answered(compose: Compose) -> None:
    assert unanswered(compose) == []
    del compose["services"]["worklist"]
    assert unanswered(compose) == ["console looks for worklist (VINCULO_WORKLIST_URL)"]


def unmade(compose: Compose) -> set[str]:
    """Files of ours that a container is given and that are not there."""
    given = {
        str(volume).split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if str(volume).startswith("./") and not str(volume).startswith("./.run/")
    }
    return {path for path in given if not (ROOT / path).exists()}


def test_every_file_that_a_container_is_given_is_there(compose: Compose) -> None:
    assert unmade(compose) <= {"./deploy/keycloak/vinculo-realm.json"}
    compose["services"]["tempo"]["volumes"].append("./deploy/otel/tempos.yaml:/x:ro")
    assert "./deploy/otel/tempos.yaml" in unmade(compose)


def test_three_brokers_keep_every_fact_and_two_must_have_it(compose: Compose) -> None:
    services = compose["services"]
    brokers = [s["environment"] for n, s in services.items() if n.startswith("kafka-")]
    assert [one["KAFKA_NODE_ID"] for one in brokers] == ["1", "2", "3"]
    voters = ",".join(f"{n}@kafka-{n}:9093" for n in (1, 2, 3))
    for one in brokers:
        assert one["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert one["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
        assert one["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    made = services["topics"]["environment"]
    assert (made["VINCULO_KAFKA_REPLICATION"], made["VINCULO_KAFKA_MIN_INSYNC"]) == ("3", "2")


@pytest.mark.parametrize(
    ("service", "key", "value", "told"),
    [
        ("registry", "user", "0:0", "registry runs as root"),
        ("kafka-1", "user", None, "kafka-1 runs as root"),
        ("registry", "read_only", False, "registry may write to its image"),
        ("desk", "cap_drop", [], "desk keeps capabilities"),
        ("desk", "security_opt", [], "desk may rise above its user"),
        ("contact", "pids_limit", None, "contact has no pids_limit"),
        ("postgres", "mem_limit", None, "postgres has no mem_limit"),
        ("grafana", "image", "grafana/grafana:latest", "is not pinned: grafana/grafana:latest"),
        ("temporal", "image", "temporalio/server", "is not pinned: temporalio/server"),
        ("keycloak", "healthcheck", None, "keycloak is never asked how it is"),
        ("console", "ports", ["8008:8000"], "console is open to the network: 8008:8000"),
    ],
)
def test_planted_faults_a_wall_left_open_is_told(
    compose: Compose, service: str, key: str, value: object, told: str
) -> None:
    changed = compose["services"][service]
    if value is None:
        del changed[key]
    else:
        changed[key] = value
    (fault,) = open_walls(compose)
    assert told in fault


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("registry", "memory", "1g"),
        ("registry", "depends_on", {"topics": {"condition": "service_done"}}),
        ("desk", "healthcheck", {"test": ["CMD", "true"], "every": "5s"}),
    ],
)
def test_planted_faults_what_compose_would_refuse_is_told(
    compose: Compose, service: str, key: str, value: object
) -> None:
    compose["services"][service][key] = value
    assert unread(compose)
