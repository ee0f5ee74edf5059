"""Every code name of the glossary is really a word of the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
CODE = ("contracts", "kit", "services", "workflows")
NAME = re.compile(r"`([^`]+)`")


def code_names(text: str) -> set[str]:
    """Names in the third column of the tables."""
    cells = [line.split("|")[3] for line in text.splitlines() if line.count("|") == 5]
    return {name for cell in cells for name in NAME.findall(cell)}


def words(root: Path) -> set[str]:
    """Words of code and of rule data; a rule id is one word."""
    files = [
        file
        for folder in CODE
        for ending in ("py", "yaml")
        for file in (root / folder).rglob(f"*.{ending}")
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*(?:-[0-9]+)?", text))


def test_code_names_of_the_glossary_exist() -> None:
    names = code_names(GLOSSARY.read_text(encoding="utf-8"))
    assert len(names) > 30
    assert sorted(names - words(ROOT)) == []


def test_planted_fault_a_name_nobody_uses_is_told() -> None:
    table = "| termo | x | `joining_on`, `no_such_name_anywhere` | – |"
    assert code_names(table) - words(ROOT) == {"no_such_name_anywhere"}
