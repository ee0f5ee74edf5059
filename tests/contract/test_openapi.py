"""The committed OpenAPI of each HTTP process is what its app tells."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.values import DAY_PATTERN, MOMENT_PATTERN
from deploy import openapi

BOUNDS = {"date": DAY_PATTERN, "date-time": MOMENT_PATTERN}


def test_every_http_process_has_a_current_openapi() -> None:
    assert [process.name for process in openapi.served() if not openapi.exists(process)] == []
    assert openapi.faults(openapi.documents()) == []


def test_planted_faults_an_edited_absent_or_left_over_document_is_told(tmp_path: Path) -> None:
    wanted = {tmp_path / f"{name}.json": "{}\n" for name in ("absent", "edited", "right")}
    for name, text in (("edited", "[]\n"), ("right", "{}\n"), ("left_over", "{}\n")):
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    told = openapi.faults(wanted, tmp_path)
    names = [sentence.split("/")[-1].split(".json")[0] for sentence in told]
    assert names == ["absent", "edited", "left_over"]


def test_every_day_or_moment_that_somebody_may_send_has_bounds() -> None:
    told = [
        f"{file.stem}: {place}"
        for file in sorted(openapi.FOLDER.glob("*.json"))
        for place, schema in sent(json.loads(file.read_text(encoding="utf-8")))
        if schema.get("pattern") != BOUNDS[schema["format"]]
    ]
    assert told == []


def sent(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Schemas of days and moments within the bodies and parameters of the operations."""
    waiting: list[tuple[str, Any]] = [
        (f"{path} {name}", operation.get(name))
        for path, item in document["paths"].items()
        for operation in item.values()
        for name in ("requestBody", "parameters")
    ]
    seen: set[str] = set()
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(place, one) for one in node]
        elif isinstance(node, dict):
            if node.get("format") in BOUNDS:
                yield place, node
            waiting += [(f"{place}/{name}", one) for name, one in node.items() if name != "$ref"]
            name = node.get("$ref", "").rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                waiting.append((name, document["components"]["schemas"][name]))
