"""What was written of the personal data that is held: a record, which knows nothing of the code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.local.postgres import SERVICES

SOURCE = Path(__file__).with_name("personal.yaml")
EVERY = "every "


@dataclass(frozen=True)
class Kept:
    """Fields held for one purpose."""

    what: str
    why: str
    basis: str
    kept: str
    fields: tuple[str, ...]


def read() -> list[Kept]:
    """The record as written."""
    table = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return [Kept(**one | {"fields": tuple(one["fields"])}) for one in table]


def told(record: Sequence[Kept]) -> set[str]:
    """The fields that the record tells of, each service's by itself."""
    named = {field for one in record for field in one.fields}
    shared = {field.removeprefix(EVERY) for field in named if field.startswith(EVERY)}
    alone = {field for field in named if not field.startswith(EVERY)}
    return alone | {f"{service} {column}" for service in SERVICES for column in shared}
