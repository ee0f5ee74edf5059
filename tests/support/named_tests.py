"""Tests that a page of the docs names: each must be there, or the page tells of nothing."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens" / "README.md"
SPAN = re.compile(r"`((?:\w+/)*test_\w+\.py)(?:::(\w+))?`")
NUMBERED = re.compile(r"^\| (\d+) .*\|$", re.MULTILINE)
BROWSER = re.compile(r"^test_(screens\w*|phones_matrix|public_pages_screens)\.py$")


def written(root: Path) -> dict[str, frozenset[str]]:
    """Files of tests by their paths, with the tests they hold."""
    return {
        file.relative_to(root).as_posix(): frozenset(
            node.name
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        for file in (root / "tests").rglob("test_*.py")
    }


def missing(page: str, known: Mapping[str, frozenset[str]]) -> list[str]:
    """What the page names and nobody wrote; a file alone stands for all it holds."""
    return [
        f"{file}::{test}".removesuffix("::")
        for file, test in SPAN.findall(page)
        if not any(
            f"/{path}".endswith(f"/{file}") and test in {"", *tests}
            for path, tests in known.items()
        )
    ]


def conventions(page: str) -> Iterator[tuple[int, str]]:
    """Rows of the conventions: their numbers and what they say."""
    return ((int(row.group(1)), row.group(0)) for row in NUMBERED.finditer(page))


def in_browser(row: str) -> bool:
    """Whether a row names tests, and only such as drive Chromium."""
    spans = re.findall(r"`([\w/]*test_\w+\.py)::\w+`", row)
    return bool(spans) and all(
        one.startswith("e2e/") or BROWSER.match(one) is not None for one in spans
    )
