"""Every fact with its schema and example; the committed copies are the promise we keep.

`python -m contracts.catalog` writes them and refuses to write a broken promise; `--check` fails
when a committed file is not what the code says, or when a promise of HEAD or of origin/main broke.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from contracts import asyncapi, samples
from contracts.base import Event
from contracts.promises import broken_promises, committed

HERE = Path(__file__).parent
SCHEMAS, EXAMPLES = HERE / "schemas", HERE / "examples"
ASYNCAPI = SCHEMAS / "asyncapi.json"
MODULES = ("events", "tasks")
"""Where an owner's facts are: its own, and those that ask people for something."""
REFERENCES = ("HEAD", "origin/main")


def events() -> Iterator[type[Event]]:
    """Every event class of contracts/<owner>, by type; bases without a type left out."""
    for name in MODULES:
        for module in sorted(HERE.glob(f"*/{name}.py")):
            importlib.import_module(f"contracts.{module.parent.name}.{name}")
    ours = (event for event in _below(Event) if event.__module__.startswith("contracts."))
    yield from sorted({event for event in ours if "type" in vars(event)}, key=lambda e: e.type)


def _below(parent: type[Event]) -> Iterator[type[Event]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def render(document: dict[str, Any]) -> str:
    """JSON as committed: stable order, readable accents."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event as it lies on the topic."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **event.model_json_schema()}


def documents(of: Sequence[type[Event]]) -> dict[Path, dict[str, Any]]:
    """Every generated file and what it must hold."""
    schemas = {SCHEMAS / f"{event.type}.json": schema(event) for event in of}
    examples = {EXAMPLES / f"{event.type}.json": samples.wire(event) for event in of}
    return schemas | examples | {ASYNCAPI: asyncapi.document(of)}


def stale(wanted: dict[Path, dict[str, Any]]) -> list[str]:
    """Files that are missing, differ or belong to no event any more."""
    differing = {
        file
        for file, document in wanted.items()
        if not file.exists() or file.read_text(encoding="utf-8") != render(document)
    }
    present = {file for folder in (SCHEMAS, EXAMPLES) for file in folder.glob("*.json")}
    faulty = sorted(differing | (present - wanted.keys()))
    return [f"{file.relative_to(HERE.parent)} is not current" for file in faulty]


def broken(of: Sequence[type[Event]], references: Sequence[str] = REFERENCES) -> list[str]:
    """Promises of these revisions, and of the files as they lie here, that the code breaks."""
    found: set[str] = set()
    now = {f"{event.type}.json": schema(event) for event in of}
    for name, promised in _promised(references):
        if name not in now:
            found.add(f"{name.removesuffix('.json')} was removed: publish it until nobody reads it")
            continue
        found |= {
            f"{name.removesuffix('.json')}: {sentence}; make a new version instead"
            for sentence in broken_promises(promised, now[name])
        }
    return sorted(found)


def _promised(references: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema that somebody may rely on: as it lies here and as the revisions hold it."""
    here = {f.name: json.loads(f.read_text(encoding="utf-8")) for f in SCHEMAS.glob("*.json")}
    for held in (here, *(committed(SCHEMAS, reference) for reference in references)):
        yield from ((name, held[name]) for name in sorted(held) if name != ASYNCAPI.name)


def write(wanted: dict[Path, dict[str, Any]]) -> None:
    """Write every generated file."""
    for file, document in wanted.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(render(document), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """The command: 0 when all is current and kept, 1 with one sentence per fault otherwise."""
    of = list(events())
    faults = broken(of)
    if "--check" in arguments:
        faults += stale(documents(of))
    elif not faults:
        write(documents(of))
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
