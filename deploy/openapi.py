"""The OpenAPI of every HTTP process, written to contracts/schemas/openapi and kept current.

`python -m deploy.openapi` writes, `--check` fails when a committed file is not what the app says.
Nothing is started: an app tells its API without network and without database.
"""

import importlib
import importlib.util
import json
import os
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI

from deploy.local.processes import PROCESSES, Process

FOLDER = Path(__file__).parents[1] / "contracts" / "schemas" / "openapi"
_NO_KEY = b64encode(bytes(32)).decode()
_NOWHERE = "http://localhost:9"
_DATABASE = "postgresql+asyncpg://nobody@localhost:9/nothing"
_EMPTY_JSON = "{}"
_BY_ENDING = {
    "_DATABASE_URL": _DATABASE,
    "_KEYRING_URL": _DATABASE,
    "_ERASER_URL": _DATABASE,
    "_URL": _NOWHERE,
    "_ISSUER": _NOWHERE,
    "_KEK": f"none:{_NO_KEY}",
    "_KEY": _NO_KEY,
    "_PORT": "0",
    "_SANDBOX": "true",
    "_CLIENTS": _EMPTY_JSON,
    "_OPERATORS": _EMPTY_JSON,
    "_KEY_FILE": "",
    "_OTLP_ENDPOINT": "",
    "_IDEMPOTENT": "true",
    "_MS": "500",
}


def served() -> list[Process]:
    """The processes that take HTTP requests, by name."""
    return sorted((process for process in PROCESSES if process.serves), key=lambda p: p.name)


def short_name(process: Process) -> str:
    """How the process is called in file names and in stack.json."""
    return process.name.removesuffix(".app")


def exists(process: Process) -> bool:
    """Whether the module of the process is part of the tree."""
    module = _target(process)[0]
    found = all(
        importlib.util.find_spec(".".join(module.split(".")[: depth + 1]))
        for depth in range(module.count(".") + 1)
    )
    return bool(found)


def app_of(process: Process) -> FastAPI:
    """The app as its factory builds it, with values that lead nowhere."""
    module, factory = _target(process)
    with _environment(process):
        app = getattr(importlib.import_module(module), factory)()
    if not isinstance(app, FastAPI):
        raise TypeError(f"{module}:{factory} made no FastAPI app")
    return app


def document(process: Process) -> str:
    """The OpenAPI of the process, as committed."""
    schema = app_of(process).openapi()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _target(process: Process) -> tuple[str, str]:
    target = next(part for part in process.command if ":" in part)
    module, _, factory = target.partition(":")
    return module, factory


@contextmanager
def _environment(process: Process) -> Iterator[None]:
    """Only harmless values, whatever the caller's own environment holds."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("VINCULO_")}
    for name in kept:
        del os.environ[name]
    harmless = {name: value for name in process.variables if (value := _harmless(name)) is not None}
    os.environ.update(harmless)
    os.environ["VINCULO_SERVICE"] = process.group
    try:
        yield
    finally:
        for name in (*harmless, "VINCULO_SERVICE"):
            os.environ.pop(name, None)
        os.environ.update(kept)


def _harmless(name: str) -> str | None:
    return next((value for end, value in _BY_ENDING.items() if name.endswith(end)), None)


def documents() -> dict[Path, str]:
    """Every file and what it must hold; processes that are not built yet have none."""
    present = [process for process in served() if exists(process)]
    return {FOLDER / f"{short_name(process)}.json": document(process) for process in present}


def faults(wanted: dict[Path, str], folder: Path = FOLDER) -> list[str]:
    """Files that are missing, differ or belong to no process."""
    differing = {
        file
        for file, text in wanted.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    }
    left_over = set(folder.glob("*.json")) - wanted.keys()
    return [
        f"contracts/schemas/openapi/{file.name} is not current: run python -m deploy.openapi"
        for file in sorted(differing | left_over)
    ]


def main(arguments: Sequence[str]) -> int:
    """The command: 0 when done or current, 1 with one sentence per fault otherwise."""
    wanted = documents()
    found = faults(wanted) if "--check" in arguments else []
    if "--check" not in arguments:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for file, text in wanted.items():
            file.write_text(text, encoding="utf-8")
    absent = [short_name(process) for process in served() if not exists(process)]
    if absent:
        sys.stderr.write(f"not built yet: {', '.join(absent)}\n")
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
