"""Where everything is, as .run/stack.json says; the story knows the stack only through it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Stack:
    """One running stack and the folder where its stories keep their keys."""

    run: Path
    told: dict[str, Any]

    def url(self, service: str) -> str:
        """Base URL of a service."""
        return str(self.told["services"][service]["url"])

    def database(self, service: str) -> str:
        """A login that reads one service's plumbing of every tenant."""
        return str(self.told["postgres"][service]["relay"])

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return str(self.told["kafka"]["bootstrap"])

    @property
    def pids(self) -> dict[str, int | None]:
        """Processes as they are now, None where one is down: the file changes with them."""
        told: dict[str, int | None] = _read(self.run)["pids"]
        return told

    @property
    def ready(self) -> dict[str, int]:
        """Pids of those that serve."""
        told = _read(self.run)
        pids: dict[str, int | None] = told["pids"]
        return {name: pid for name in told["ready"] if (pid := pids[name]) is not None}

    def folder(self, tenant: int) -> Path:
        """Where the story of a tenant keeps its key and what it saw."""
        folder = self.run / "story" / str(tenant)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def last(self) -> Path:
        """The folder of the last story; FileNotFoundError when none was told."""
        pointer = self.run / "story" / "last"
        return self.run / "story" / pointer.read_text(encoding="utf-8").strip()


def _read(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "stack.json").read_text(encoding="utf-8"))
    return found


def open_stack() -> Stack:
    """The stack of VINCULO_RUN, or of .run; of .run/full where STACK says so."""
    usual = ".run/full" if os.environ.get("STACK") == "full" else ".run"
    run = Path(os.environ.get("VINCULO_RUN", usual)).resolve()
    return Stack(run, _read(run))
