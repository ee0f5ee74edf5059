"""`make pictures`: the pictures of docs/screens.

One declaration as its people see it, step by step, on the running stack; then every room in three
widths and both lights, in this process.
"""

import os
import sys
from pathlib import Path

import pytest

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
STORY = "tests/e2e/test_care.py::test_a_disease_is_declared_talked_over_audited_and_signed_for"
ALBUM = "tests/integration/album.py"


def taken(what: str, folder: Path) -> bool:
    """Whether all of it went well, its pictures in that folder."""
    folder.mkdir(exist_ok=True)
    os.environ["VINCULO_PICTURES"] = str(folder)
    return not pytest.main(["-q", what])


def pruned(folder: Path, page: str) -> None:
    """Takes away what no page shows: each room is seen in every look, the docs hold a choice."""
    for picture in folder.glob("*.webp"):
        if f"{folder.name}/{picture.name}" not in page:
            picture.unlink()


def main() -> int:
    """0 when every picture was taken."""
    whole = taken(STORY, SCREENS / "pictures") and taken(ALBUM, SCREENS / "rooms")
    pruned(SCREENS / "rooms", (SCREENS / "rooms.md").read_text(encoding="utf-8"))
    return int(not whole)


if __name__ == "__main__":
    sys.exit(main())
