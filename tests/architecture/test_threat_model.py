"""The threat model names tests that exist, and says for each threat which one."""

import re
from pathlib import Path

from tests.support.named_tests import ROOT, SPAN, missing, written

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
THREATS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]


def crossings(text: str) -> set[str]:
    """Numbers of the lines in the picture that cross a boundary."""
    return set(re.findall(r'-- "(\d+) ', text))


def test_every_test_that_the_threat_model_names_exists() -> None:
    assert missing(PAGE, written(Path(ROOT))) == []


def test_every_threat_is_shown_by_a_test_and_every_crossing_has_a_threat() -> None:
    assert len(THREATS) > 10
    assert [one for one in THREATS if not SPAN.search(one)] == []
    named = {number for one in THREATS for number in re.findall(r"\d+", one.split("|")[3])}
    assert named == crossings(PAGE)


def test_planted_fault_a_test_that_nobody_wrote_is_told() -> None:
    told = "| a stranger | x | 1 | y | `unit/kit/test_tokens.py::test_that_nobody_wrote` |"
    assert missing(told, written(Path(ROOT))) == ["unit/kit/test_tokens.py::test_that_nobody_wrote"]
