"""The page of capabilities counts only what marked tests show."""

from pathlib import Path

import pytest

from tests.support import capabilities
from tests.support.capabilities import NOT_BUILT, UnknownRow, marked, page, rows

TABLE = {"M001": {"what": "one"}, "M002": {"what": "two", "missing": "half"}, "B01": {"what": "x"}}
MARKED = """
import pytest

@pytest.mark.shows("M001", "M002")
async def test_a_story() -> None: ...

@pytest.mark.shows("B01")
class TestMore:
    def test_inside(self) -> None: ...
    def helper(self) -> None: ...

def test_unmarked() -> None: ...
"""
WHOLE_MODULE = """
import pytest
pytestmark = [pytest.mark.shows("M001"), pytest.mark.asyncio]
def test_it() -> None: ...
"""


def _shows(root: Path, name: str, text: str, where: str = "shows") -> Path:
    folder = root / "tests" / where
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return root


def test_the_committed_page_is_current() -> None:
    committed = capabilities.PAGE.read_text(encoding="utf-8")
    assert committed == capabilities.current(), "run: make capabilities"
    assert committed.splitlines()[-1].endswith(" of 204")


def test_marks_of_functions_classes_and_modules_are_found(tmp_path: Path) -> None:
    _shows(tmp_path, "test_b.py", WHOLE_MODULE)
    _shows(tmp_path, "test_c.py", WHOLE_MODULE, "e2e")
    assert list(marked(_shows(tmp_path, "test_a.py", MARKED))) == [
        ("M001", "tests/shows/test_a.py::test_a_story"),
        ("M002", "tests/shows/test_a.py::test_a_story"),
        ("B01", "tests/shows/test_a.py::TestMore::test_inside"),
        ("M001", "tests/shows/test_b.py::test_it"),
        ("M001", "tests/e2e/test_c.py::test_it"),
    ]


def test_half_a_row_is_not_counted(tmp_path: Path) -> None:
    tests = [("M001", "t::a"), ("M002", "t::a")]
    found = {row.id: row for row in rows(TABLE, tests)}
    assert [row.id for row in found.values() if row.shown] == ["M001"]
    assert found["M002"].missing == "half"
    assert found["B01"].missing == NOT_BUILT
    assert page(list(found.values())).splitlines()[-1] == "shown 1 of 3"


def test_planted_fault_a_mark_of_no_row_is_refused() -> None:
    with pytest.raises(UnknownRow, match="M999"):
        rows(TABLE, [("M999", "t::a")])


def test_planted_fault_a_page_that_tells_more_than_the_tests_turns_the_check_red(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boasting = capabilities.current().replace("shown 0 of", "shown 204 of") + "\n"
    (tmp_path / "capabilities.md").write_text(boasting, encoding="utf-8")
    monkeypatch.setattr(capabilities, "PAGE", tmp_path / "capabilities.md")
    assert capabilities.main(["--check"]) == 1
