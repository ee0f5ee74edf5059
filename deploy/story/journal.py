"""What clients were told was accepted, on disk before they go on: nobody can deny it later."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Accepted:
    """One write that was answered with success; `about` says whose it was, `ids` what came back."""

    method: str
    path: str
    about: str
    key: str
    ids: Mapping[str, str]


class Journal:
    """One file, a line for each accepted write."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self.count = 0

    def accepted(self, method: str, url: str, about: str, key: str, answer: Any) -> None:
        """Returns once the line would survive the end of this process and of the machine."""
        ids = _ids(answer) if isinstance(answer, dict) else {}
        line = Accepted(method, urlsplit(url).path, about, key, ids)
        self._file.write(json.dumps(asdict(line)) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.count += 1

    def close(self) -> None:
        """Ends the file."""
        self._file.close()


def _ids(answer: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value
        for name, value in answer.items()
        if name.endswith("_id") and isinstance(value, str)
    }


def read(file: Path) -> list[Accepted]:
    """Every accepted write, in the order in which the clients heard of it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Accepted(**json.loads(line)) for line in lines]
