"""What a consumer of a published schema relies on, and what would break it."""

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
_WORDS_ONLY = ("title", "description", "default", "examples")


def broken_promises(old: Schema, new: Schema) -> list[str]:
    """Sentences, sorted: each field of `old` that was removed, changed or became required in `new`.

    Optional additions, texts and defaults are free. Anything else needs a new version of the event.
    """
    return sorted(set(_compare(_inlined(old, old), _inlined(new, new), "")))


def committed(folder: Path, reference: str) -> dict[str, Schema]:
    """The schemas directly in `folder` as `reference` (a git revision) holds them, by file name.

    Empty where git, the revision or the folder in it is not there.
    """
    git = shutil.which("git")
    if git is None:
        return {}
    # The program is git itself and the arguments are our own.
    archive = subprocess.run(  # noqa: S603
        [git, "archive", "--format=tar", reference, "--", "."],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return _unpacked(archive.stdout) if archive.returncode == 0 else {}


def _unpacked(archive: bytes) -> dict[str, Schema]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {
            member.name: json.load(content)
            for member in files
            if "/" not in member.name
            and member.name.endswith(".json")
            and (content := files.extractfile(member)) is not None
        }


def _inlined(node: object, root: Schema, seen: tuple[str, ...] = ()) -> Any:
    """The schema with every local reference put in its place and its texts left out."""
    if isinstance(node, list):
        return [_inlined(item, root, seen) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        if reference in seen:
            return {"$ref": reference}
        return _inlined(root["$defs"][reference.rsplit("/", 1)[1]], root, (*seen, reference))
    return {
        key: _properties(value, root, seen) if key == "properties" else _inlined(value, root, seen)
        for key, value in node.items()
        if key not in _WORDS_ONLY and key != "$defs"
    }


def _properties(fields: dict[str, object], root: Schema, seen: tuple[str, ...]) -> Schema:
    """Fields keep their names, also those named like a word of the schema language."""
    return {name: _inlined(value, root, seen) for name, value in fields.items()}


def _compare(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "properties" in old and "properties" in new:
        yield from _objects(old, new, path)
    elif "items" in old and "items" in new and _rest(old, "items") == _rest(new, "items"):
        yield from _compare(old["items"], new["items"], f"{path}[]")
    elif "anyOf" in old and len(old["anyOf"]) == len(new.get("anyOf", ())):
        for before, after in zip(old["anyOf"], new["anyOf"], strict=True):
            yield from _compare(before, after, path)
    elif old != new:
        yield f"{path or 'the message'} changed"


def _objects(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old["properties"], new["properties"]
    prefix = f"{path}." if path else ""
    for name in before.keys() - after.keys():
        yield f"{prefix}{name} was removed"
    for name in before.keys() & after.keys():
        yield from _compare(before[name], after[name], prefix + name)
    for name in _demanded(new) - _demanded(old):
        yield f"{prefix}{name} became required"
    if _rest(old, "properties", "required") != _rest(new, "properties", "required"):
        yield f"{path or 'the message'} changed"


def _demanded(schema: Schema) -> set[str]:
    required: Iterable[str] = schema.get("required", ())
    return set(required)


def _rest(schema: Schema, *known: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in known}
