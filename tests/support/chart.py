"""The Helm chart as a cluster would get it: rendered by helm, held to schemas by kubeconform.

Neither needs a cluster or the network. The schemas of Kubernetes' own kinds are in the package
kubernetes-validate; those of KEDA are in deploy/schemas.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import yaml

from deploy.local.gotools import HELM, KUBECONFORM, ensure
from deploy.local.paths import ROOT
from tests.support.started import Started

CHART = ROOT / "deploy" / "helm" / "vinculo"
SANDBOX = CHART / "values-sandbox.yaml"
OLDEST, NEWEST = "1.30.0", "1.37.0"
KINDS = (
    "cronjob-batch-v1",
    "deployment-apps-v1",
    "ingress-networking-v1",
    "job-batch-v1",
    "networkpolicy-networking-v1",
    "poddisruptionbudget-policy-v1",
    "service-v1",
)

Object = dict[str, Any]


class NotRendered(Exception):
    """What helm said instead."""


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 (ours)


def lint(chart: Path = CHART, *values: Path) -> list[str]:
    """What helm finds wrong with the chart itself."""
    given = [word for file in values for word in ("-f", file)]
    done = run(ensure(HELM), "lint", "--strict", "--kube-version", NEWEST, chart, *given)
    lines = (done.stdout + done.stderr).splitlines()
    return [line for line in lines if "[ERROR]" in line or "[WARN" in line or "Error:" in line]


def render(*values: Path, chart: Path = CHART, version: str = NEWEST) -> str:
    """The manifests; NotRendered with helm's own words where there are none."""
    given = [word for file in values for word in ("-f", file)]
    done = run(ensure(HELM), "template", "vinculo", chart, "--kube-version", version, *given)
    if done.returncode != 0:
        raise NotRendered(done.stderr)
    return done.stdout


def objects(manifests: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(manifests) if one]


def schemas(folder: Path, version: str) -> None:
    """Lays out the package's schemas as kubeconform looks for them, their references as files."""
    there = folder / f"v{version}-standalone-strict"
    there.mkdir(parents=True)
    package = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}-local-strict"
    with as_file(package) as source:
        for name in (*KINDS, "_definitions"):
            text = (source / f"{name}.json").read_text(encoding="utf-8")
            schema = json.loads(text.replace("/api/_definitions.json", "_definitions.json"))
            schema.pop("$id", None)
            (there / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")


def unfit(manifests: str, folder: Path, version: str = NEWEST) -> list[str]:
    """What the API server would refuse or drop, by kubeconform -strict."""
    file = folder / "manifests.yaml"
    file.write_text(manifests, encoding="utf-8")
    name = "{{.ResourceKind}}{{.KindSuffix}}.json"
    own = f"{folder}/{{{{.NormalizedKubernetesVersion}}}}-standalone{{{{.StrictSuffix}}}}/{name}"
    flags = ("-strict", "-output", "json", "-kubernetes-version", version)
    places = ("-schema-location", own, "-schema-location", f"{ROOT}/deploy/schemas/{name}")
    done = run(ensure(KUBECONFORM), *flags, *places, file)
    told = json.loads(done.stdout)["resources"]
    return [f"{one['kind']} {one['name']}: {one['msg']}" for one in told]


def pod(one: Object) -> Object | None:
    """What the pods of this object are made of, if it makes any."""
    spec = one.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return template["spec"] if template else None


def containers(found: Sequence[Object]) -> list[tuple[str, Object]]:
    """Each with the name of the object that starts it."""
    return [
        (f"{one['kind']} {one['metadata']['name']}", container)
        for one in found
        if (spec := pod(one))
        for container in spec["containers"]
    ]


def started(found: Sequence[Object], *kinds: str) -> list[Started]:
    """Our programs among what objects of these kinds start."""
    least = {
        one["metadata"]["name"]: one["spec"]["minReplicaCount"]
        for one in found
        if one["kind"] == "ScaledObject"
    }
    return [
        Started(
            tuple(container["command"]),
            variables(container),
            least.get(one["metadata"]["name"], one["spec"].get("replicas", 1)),
        )
        for one in found
        if one["kind"] in kinds and (spec := pod(one))
        for container in spec["containers"]
        if container["command"][0] in ("python", "uvicorn")
    ]


def variables(container: Object) -> Mapping[str, str | None]:
    return {one["name"]: one.get("value") for one in container.get("env", [])}
