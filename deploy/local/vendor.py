"""`python -m deploy.local.vendor`: writes deploy/schemas/ again from the modules that publish them.

Kept in the repository because no package of PyPI or npm ships them, so that checks need no network.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from deploy.local.paths import ROOT

FOLDER = ROOT / "deploy" / "schemas"
COMPOSE = "github.com/compose-spec/compose-go/v2@v2.16.2"
KEDA = "github.com/kedacore/keda/v2@v2.21.0"
KINDS = ("scaledobjects", "triggerauthentications")


def module(name: str) -> tuple[Path, str]:
    """Where Go unpacked the module, and the sum by which its checksum database knows it."""
    command = ["go", "mod", "download", "-json", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return Path(told["Dir"]), str(told["Sum"])


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, where a field that nobody knows is a fault, as the API server would drop it."""
    made = {key: _closed(value) for key, value in schema.items() if not key.startswith("x-kub")}
    open_by_will = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in made and "additionalProperties" not in made and not open_by_will:
        made["additionalProperties"] = False
    return made


def _closed(value: Any) -> Any:
    if isinstance(value, dict):
        return closed(value)
    return [_closed(one) for one in value] if isinstance(value, list) else value


def resource(definition: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of the one version that a CRD serves."""
    (served,) = [one for one in definition["spec"]["versions"] if one["served"]]
    made = closed(served["schema"]["openAPIV3Schema"])
    # Kubernetes' own field, which a CRD leaves open.
    made["properties"]["metadata"] = {"type": "object"}
    return made


def main() -> None:
    keda, keda_sum = module(KEDA)
    compose, compose_sum = module(COMPOSE)
    for kind in KINDS:
        text = (keda / "config" / "crd" / "bases" / f"keda.sh_{kind}.yaml").read_text("utf-8")
        made = json.dumps(resource(yaml.safe_load(text)), sort_keys=True)
        (FOLDER / f"{kind.removesuffix('s')}-keda-v1alpha1.json").write_text(made + "\n")
    spec = json.loads((compose / "schema" / "compose-spec.json").read_text("utf-8"))
    (FOLDER / "compose-spec.json").write_text(json.dumps(spec, sort_keys=True) + "\n")
    sums = {KEDA: keda_sum, COMPOSE: compose_sum}
    (FOLDER / "sources.json").write_text(json.dumps(sums, indent=2) + "\n")


if __name__ == "__main__":
    main()
