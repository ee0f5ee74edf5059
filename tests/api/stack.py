"""Where everything is, as `.run/stack.json` tells it to anyone who drives the system."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACK = Path(__file__).parents[2] / ".run" / "stack.json"


@dataclass(frozen=True)
class Person:
    tenant: int
    role: str
    token: str


@dataclass(frozen=True)
class Stack:
    """What the runner needs of the description."""

    openapi: dict[str, str]
    people: tuple[Person, ...]
    clients: dict[str, str]
    token_url: str


def read(file: Path = STACK) -> Stack:
    """The running stack; FileNotFoundError where none was started."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Stack(
        openapi={name: service["openapi"] for name, service in told["services"].items()},
        people=tuple(Person(p["tenant"], p["role"], p["token"]) for p in told["people"]),
        clients=told["oidc"]["clients"],
        token_url=told["oidc"]["token"],
    )
