"""Every container of the chart is shut, bound, watched and told no secret in clear."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.support import chart
from tests.support.chart import SANDBOX, Object

SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|KEY|JWK|DATABASE_URL|KEYRING_URL|ERASER_URL|CLIENTS)$")
IMAGE = re.compile(r".+:\d+\.\d+\.\d+|.+@sha256:[0-9a-f]{64}")
SHUT = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@pytest.fixture(scope="module")
def rendered() -> list[Object]:
    return chart.objects(chart.render(SANDBOX))


@pytest.fixture
def found(rendered: list[Object]) -> list[Object]:
    return copy.deepcopy(rendered)


def open_walls(found: Iterable[Object]) -> list[str]:
    objects = list(found)
    told = [f"{name} {fault}" for name, one in chart.containers(objects) for fault in _of(one)]
    for one in objects:
        name = f"{one['kind']} {one['metadata']['name']}"
        told += [f"{name} {fault}" for fault in _of_pod(chart.pod(one))]
        if one["kind"] == "Deployment":
            told += [f"{name} {fault}" for fault in _unwatched(one, objects)]
    return told


def _of(container: Object) -> Iterator[str]:
    if container.get("securityContext") != SHUT:
        yield "is not shut"
    if not IMAGE.fullmatch(container["image"]):
        yield f"is not pinned: {container['image']}"
    limits = container.get("resources", {}).get("limits", {})
    if not limits.get("cpu") or not limits.get("memory"):
        yield "has no limits"
    for one in container.get("env", []):
        if SECRET.search(one["name"]) and "valueFrom" not in one:
            yield f"is told {one['name']} in clear"


def _of_pod(spec: Object | None) -> Iterator[str]:
    if spec is None:
        return
    context = spec.get("securityContext", {})
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "runs as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "may make any system call"
    if spec.get("automountServiceAccountToken") is not False:
        yield "holds a token of the cluster"


def _unwatched(one: Object, objects: list[Object]) -> Iterator[str]:
    (container,) = one["spec"]["template"]["spec"]["containers"]
    yield from (f"has no {probe}" for probe in PROBES if probe not in container)
    name, labels = one["metadata"]["name"], one["spec"]["template"]["metadata"]["labels"]
    same = {o["kind"]: o["spec"] for o in objects if o["metadata"]["name"] == name}
    selectors = {
        "NetworkPolicy": same.get("NetworkPolicy", {}).get("podSelector", {}).get("matchLabels"),
        "PodDisruptionBudget": same.get("PodDisruptionBudget", {})
        .get("selector", {})
        .get("matchLabels"),
        "Service": same.get("Service", {}).get("selector"),
    }
    wanted = {"NetworkPolicy"}
    least = same.get("ScaledObject", one["spec"])
    if max(least.get("minReplicaCount", 1), least.get("replicas", 1)) > 1:
        wanted.add("PodDisruptionBudget")
    if container["command"][0] == "uvicorn":
        wanted.add("Service")
    for kind in sorted(wanted):
        if not selectors[kind] or not selectors[kind].items() <= labels.items():
            yield f"has no {kind}"


def unanswered(found: list[Object]) -> list[str]:
    """Addresses within the release at which no service answers."""
    services = {
        (one["metadata"]["name"], port["port"])
        for one in found
        if one["kind"] == "Service"
        for port in one["spec"]["ports"]
    }
    addresses = {
        (one["name"], host, int(port))
        for _, container in chart.containers(found)
        for one in container.get("env", [])
        for host, port in re.findall(r"http://(vinculo-[\w-]+):(\d+)", str(one.get("value")))
    }
    return [f"{v}: {h}:{p}" for v, h, p in sorted(addresses) if (h, p) not in services]


def unreachable(found: list[Object]) -> list[str]:
    """Calls that one side allows to go out and the other does not let in."""
    policies = {o["metadata"]["name"]: o["spec"] for o in found if o["kind"] == "NetworkPolicy"}
    by_label = {
        spec["podSelector"]["matchLabels"].get("app.kubernetes.io/name"): spec
        for spec in policies.values()
    }
    told = []
    for caller, spec in by_label.items():
        for rule in spec.get("egress", []):
            for called in _named(rule.get("to", [])):
                lets_in = by_label[called].get("ingress") or []
                if caller not in {name for one in lets_in for name in _named(one["from"])}:
                    told.append(f"{caller} is not let in at {called}")
    return told


def _named(peers: list[Object]) -> list[str]:
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    names = [one.get("app.kubernetes.io/name") for one in labels]
    return [name for name in names if name]


def test_every_container_is_shut_bound_watched_and_told_no_secret_in_clear(
    found: list[Object],
) -> None:
    assert open_walls(found) == []


def test_every_address_within_the_release_is_answered_and_reached(found: list[Object]) -> None:
    assert unanswered(found) == []
    assert unreachable(found) == []
    gone = [o for o in found if (o["kind"], o["metadata"]["name"]) != ("Service", "vinculo-desk")]
    assert unanswered(gone) == ["VINCULO_DESK_URL: vinculo-desk:8000"]
    for one in found:
        if (one["kind"], one["metadata"]["name"]) == ("NetworkPolicy", "vinculo-desk"):
            one["spec"]["ingress"] = []
    assert unreachable(found) == ["console.app is not let in at desk"]


def test_what_strangers_reach_is_reached_over_tls_alone(found: list[Object]) -> None:
    doors = [one["spec"] for one in found if one["kind"] == "Ingress"]
    assert {rule["host"] for door in doors for rule in door["rules"]} == {
        host for door in doors for tls in door["tls"] for host in tls["hosts"]
    }
    assert len(doors) == 3


def _container(found: list[Object], name: str) -> Object:
    return dict(chart.containers(found))[name]


def _spec(found: list[Object], kind: str, name: str) -> Object:
    spec: Object = next(
        one["spec"] for one in found if (one["kind"], one["metadata"]["name"]) == (kind, name)
    )
    return spec


def _clear(found: list[Object]) -> None:
    env = _container(found, "Deployment vinculo-registry-app")["env"]
    (one,) = [one for one in env if one["name"] == "VINCULO_KAFKA_PASSWORD"]
    one.pop("valueFrom")
    one["value"] = "hunter2"


def _drop(found: list[Object], kind: str, name: str) -> None:
    found[:] = [o for o in found if (o["kind"], o["metadata"]["name"]) != (kind, name)]


DESK, REGISTRY = "Deployment vinculo-desk", "Deployment vinculo-registry-app"
PLANTED: list[tuple[Callable[[list[Object]], object], str]] = [
    (_clear, f"{REGISTRY} is told VINCULO_KAFKA_PASSWORD in clear"),
    (lambda f: _container(f, DESK).pop("securityContext"), f"{DESK} is not shut"),
    (lambda f: _container(f, DESK)["resources"].pop("limits"), f"{DESK} has no limits"),
    (lambda f: _container(f, DESK).update(image="vinculo:latest"), f"{DESK} is not pinned"),
    (lambda f: _container(f, DESK).pop("livenessProbe"), f"{DESK} has no livenessProbe"),
    (
        lambda f: _container(f, "Job vinculo-topics").pop("securityContext"),
        "Job vinculo-topics is not shut",
    ),
    (
        lambda f: _spec(f, "Deployment", "vinculo-desk")["template"]["spec"].pop("securityContext"),
        f"{DESK} runs as root",
    ),
    (lambda f: _drop(f, "NetworkPolicy", "vinculo-desk"), f"{DESK} has no NetworkPolicy"),
    (
        lambda f: _drop(f, "PodDisruptionBudget", "vinculo-desk"),
        f"{DESK} has no PodDisruptionBudget",
    ),
    (lambda f: _drop(f, "Service", "vinculo-desk"), f"{DESK} has no Service"),
]


@pytest.mark.parametrize(("plant", "told"), PLANTED, ids=[told for _, told in PLANTED])
def test_planted_faults_a_wall_of_the_chart_left_open_is_told(
    found: list[Object], plant: Callable[[list[Object]], object], told: str
) -> None:
    plant(found)
    assert [line for line in open_walls(found) if line.startswith(told)]
