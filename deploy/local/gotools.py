"""`python -m deploy.local.gotools`: checkers of chart and alerts, built once from their sources.

Each lies in a folder that carries its version, so another version is another folder.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.paths import TOOLS

BUILD_SECONDS = 1200
NO_GO = "Instale o Go 1.26 ou mais novo (constrói helm, kubeconform e vmalert-tool) e rode de novo."


@dataclass(frozen=True)
class GoTool:
    """A program by the package that `go install` builds it from."""

    package: str
    version: str

    @property
    def name(self) -> str:
        return self.package.rsplit("/", 1)[-1]

    @property
    def program(self) -> Path:
        return TOOLS / f"{self.name}-{self.version}" / self.name


HELM = GoTool("helm.sh/helm/v3/cmd/helm", "v3.22.0")
KUBECONFORM = GoTool("github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0")
VMALERT = GoTool("github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert-tool", "v1.150.0")
"""Fires alert rules on series that tests make up; Prometheus' own promtool forbids `go install`."""


class NoGo(Exception):
    """There is nothing here to build with."""


def ensure(tool: GoTool) -> Path:
    """The program, built now if it is not there yet. NoGo where Go is missing."""
    if tool.program.exists():
        return tool.program
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
    if go is None:
        raise NoGo(NO_GO)
    print(f"construindo {tool.name} {tool.version} em .tools/ (uma vez, minutos)", flush=True)
    half = tool.program.parent.with_suffix(f".half-{os.getpid()}")
    try:
        # No toolchain is fetched: an older Go says what it lacks.
        env = {**os.environ, "GOBIN": str(half), "GOTOOLCHAIN": "local"}
        command = [go, "install", f"{tool.package}@{tool.version}"]
        subprocess.run(command, env=env, check=True, timeout=BUILD_SECONDS)
        tool.program.parent.mkdir(parents=True, exist_ok=True)
        (half / tool.name).replace(tool.program)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return tool.program


def main() -> int:
    try:
        for tool in (HELM, KUBECONFORM, VMALERT):
            ensure(tool)
    except (NoGo, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
