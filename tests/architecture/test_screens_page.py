"""The page of the screens names each convention in its order, and only tests that are there."""

from tests.support.named_tests import ROOT, SCREENS, conventions, in_browser, missing, written

MUST = (*range(1, 16), 17, *range(19, 27), *range(28, 35))
NO_PAGE_YET = {33}
"""Paying: collections bring it."""


def page() -> str:
    return SCREENS.read_text(encoding="utf-8")


def test_every_convention_stands_in_its_order_shown_in_a_browser() -> None:
    rows = dict(conventions(page()))
    assert tuple(rows) == MUST
    assert {number for number, row in rows.items() if not in_browser(row)} == NO_PAGE_YET


def test_every_test_that_the_page_names_is_there() -> None:
    assert missing(page(), written(ROOT)) == []
    assert "…" not in page()


def test_planted_fault_a_renamed_test_turns_the_page_red() -> None:
    known = {"tests/e2e/test_screens_a.py": frozenset({"test_one"})}
    told = "`test_screens_a.py::test_one` `e2e/test_screens_a.py::test_two` `test_gone.py`"
    assert missing(told, known) == ["e2e/test_screens_a.py::test_two", "test_gone.py"]


def test_planted_fault_a_test_without_a_browser_does_not_show_a_convention() -> None:
    assert in_browser("| 1 a | b | `test_screens.py::test_x`, `e2e/test_desk.py::test_y` |")
    assert not in_browser("| 1 a | b | `test_console_inbox.py::test_x` |")
    assert not in_browser("| 1 a | b | none |")
