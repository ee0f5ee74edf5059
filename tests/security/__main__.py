"""`make security`: the ten attacks and the guesses at public links, as one table."""

import asyncio
import sys
from collections import Counter

import pytest

from deploy.local.paths import run_folder
from tests.security import guesses
from tests.security.attacks import ATTACKS, PLANTED


class Table:
    """Pytest plugin: what became of each attack, with its defence in and out."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.held: Counter[tuple[str, bool]] = Counter()
        self.failed: Counter[tuple[str, bool]] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if mark := item.get_closest_marker("attack"):
                self.names[item.nodeid] = mark.args[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = self.names.get(report.nodeid)
        if name is None or (report.when != "call" and not report.failed):
            return
        counted = self.held if report.passed else self.failed
        counted[name, PLANTED in report.nodeid] += 1

    def lines(self) -> list[str]:
        """One line per attack."""
        titles = ("com a defesa", "com a defesa retirada")
        return [f"{'ataque':34}{titles[0]:>22}{titles[1]:>26}"] + [
            f"{name:34}{self._told(name, False, 'repelido'):>22}"
            f"{self._told(name, True, 'consegue'):>26}"
            for name in ATTACKS
        ]

    def whole(self) -> bool:
        """Whether all ten were tried both ways, and none came out otherwise."""
        tried = all(self.held[name, planted] for name in ATTACKS for planted in (False, True))
        return tried and not self.failed

    def _told(self, name: str, planted: bool, word: str) -> str:
        right, wrong = self.held[name, planted], self.failed[name, planted]
        return f"FALHOU {wrong} de {right + wrong}" if wrong or not right else f"{word} {right}×"


def main() -> int:
    table = Table()
    # Plain: what the guesses import is here already, too late to be rewritten.
    apart = f"--basetemp={run_folder() / 'security'}"
    how = ["-q", "--no-header", "--assert=plain", apart, "tests/security"]
    code = pytest.main(how, plugins=[table])
    sys.stdout.write("\n".join(["", *table.lines(), ""]) + "\n")
    guessed = asyncio.run(guesses.told(sys.argv[1:]))
    return int(code) or int(not table.whole()) or guessed


if __name__ == "__main__":
    sys.exit(main())
