"""Where this checkout keeps what it fetches and what a stack leaves behind."""

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
BIN = ROOT / ".venv" / "bin"


def is_full() -> bool:
    """Whether STACK asks for the parts that production runs."""
    return os.environ.get("STACK") == "full"


def run_folder(run: str | Path | None = None) -> Path:
    """The folder of one stack: given, or VINCULO_RUN, or .run of this checkout.

    The full stack has its own: histories and the bus would not follow from one to the other.
    """
    chosen = Path(run or os.environ.get("VINCULO_RUN") or (".run/full" if is_full() else ".run"))
    return chosen if chosen.is_absolute() else ROOT / chosen


def read_json(path: Path) -> dict[str, Any]:
    """What the file holds; nothing when it is missing or was never written whole."""
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def write_json(path: Path, value: object) -> None:
    """Replaces the file at once with the value as JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False))


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Replaces the file at once, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    half.replace(path)
