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


def main() -> int:
    """0 when every picture was taken."""
    return int(not (taken(STORY, SCREENS / "pictures") and taken(ALBUM, SCREENS / "rooms")))


if __name__ == "__main__":
    sys.exit(main())
