"""`make security`: the attacks, the matrix, the walls of the database and the long guessing, and a
table of what came of each.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.paths import ROOT

LONG = {"LINK_GUESSES": "1000000", "LINK_REQUESTS": "20000"}
CALLED = {
    "test_attacks.py": "ataques, cada um também sem a defesa",
    "test_matrix.py": "S1 rota × papel × operadora",
    "test_row_security.py": "S1 linhas de outra operadora, no banco",
    "test_links.py": "S4 palpites de link",
}


class Told:
    """What came of each file."""

    def __init__(self) -> None:
        self.found: dict[str, Counter[str]] = {name: Counter() for name in CALLED}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test counts once; one that could not begin has failed."""
        if report.when == "call" or report.failed:
            self.found[Path(report.location[0]).name][report.outcome] += 1


def main() -> int:
    """0 only when each of the four ran and nothing failed."""
    for name, value in LONG.items():
        os.environ.setdefault(name, value)
    told, began = Told(), time.monotonic()
    folder = ROOT / ".run" / "security"
    folder.parent.mkdir(exist_ok=True)
    arguments = ["-q", "-s", "--no-header", f"--basetemp={folder}", str(Path(__file__).parent)]
    code = pytest.main(arguments, plugins=[told])
    lines = [
        f"{CALLED[name]:<40} {found['passed']:>4} mantidos {found['failed']:>3} falhos"
        for name, found in told.found.items()
    ]
    lines.append(f"{time.monotonic() - began:.0f} s")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    ran = all(found["passed"] for found in told.found.values())
    return int(code) or int(not ran)


if __name__ == "__main__":
    sys.exit(main())
