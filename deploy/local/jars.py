"""Apache Kafka's jars, by jgo, as the committed lock names them. Standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.local.paths import TOOLS

SPEC = Path(__file__).parent / "kafka"
LIBRARY = TOOLS / "kafka" / "lib"
FETCH_SECONDS = 240


class WrongJar(Exception):
    """A jar is missing or is not the one the lock names."""


def locked() -> dict[str, str]:
    """File name → SHA-256 of every jar in the lock."""
    lock = tomllib.loads((SPEC / "jgo.lock.toml").read_text())
    return {f"{d['artifactId']}-{d['version']}.jar": d["sha256"] for d in lock["dependencies"]}


def check(folder: Path = LIBRARY) -> None:
    """Raises WrongJar unless the folder holds exactly what the lock names."""
    for name, want in locked().items():
        jar = folder / name
        if not jar.is_file():
            raise WrongJar(f"falta {name}")
        if hashlib.sha256(jar.read_bytes()).hexdigest() != want:
            raise WrongJar(f"{name} não confere com a trava")


def present() -> bool:
    """Whether the broker can start from what is on this machine."""
    try:
        check()
    except WrongJar:
        return False
    return True


def fetch() -> None:
    """Resolves into a scratch folder and keeps only what matches the lock."""
    scratch = TOOLS / "kafka" / "fetch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    shutil.copy(SPEC / "jgo.toml", scratch)
    resolve(scratch)
    found = {jar.name: jar for jar in (scratch / "cache").glob("*/*.jar")}
    shutil.rmtree(LIBRARY, ignore_errors=True)
    LIBRARY.mkdir(parents=True)
    for name in locked().keys() & found.keys():
        shutil.move(found[name], LIBRARY / name)
    shutil.rmtree(scratch)
    check()


def resolve(scratch: Path) -> None:
    """One run of jgo; its progress bars stay in a file."""
    command = [sys.executable, "-m", "jgo", "--ignore-config", "--resolver", "python"]
    command += ["--repo-cache", "repository", "--cache-dir", "cache", "--timeout", "60", "sync"]
    with (TOOLS / "kafka" / "fetch.log").open("w") as log:
        subprocess.run(
            command, cwd=scratch, stdout=log, stderr=log, check=True, timeout=FETCH_SECONDS
        )


def ensure() -> str | None:
    """Fetches what is missing, twice if need be; the reason when it cannot be had."""
    reason = None
    for _ in range(2):
        if present():
            return None
        try:
            fetch()
        except (WrongJar, OSError, subprocess.SubprocessError) as error:
            reason = str(error)
    return reason if not present() else None


def main() -> int:
    if not present():
        print("buscando o Apache Kafka em .tools/kafka/", flush=True)
    reason = ensure()
    if reason is None:
        return 0
    must = os.environ.get("CI") == "true" or os.environ.get("BROKER") == "kafka"
    fate = "aqui ele é obrigatório" if must else "segue com o broker leve, só em memória"
    print(f"Apache Kafka indisponível ({reason}); {fate}.", file=sys.stderr)
    return int(must)


if __name__ == "__main__":
    sys.exit(main())
