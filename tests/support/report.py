"""Pytest plugin of `make test`: the time of each folder, and no test passed over in silence."""

from collections import Counter, defaultdict
from operator import itemgetter
from pathlib import PurePosixPath

import pytest

SECONDS: defaultdict[str, float] = defaultdict(float)
TESTS: Counter[str] = Counter()
PASSED_OVER: list[str] = []


def folder_of(nodeid: str) -> str:
    """The folder under tests/ that a test belongs to; tests/ itself for one that lies there."""
    parts = PurePosixPath(nodeid.split("::")[0]).parts
    return "/".join(parts[:2]) if len(parts) > 2 else "tests"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Adds up set-up, call and tear-down."""
    folder = folder_of(report.nodeid)
    SECONDS[folder] += report.duration
    if report.when == "call":
        TESTS[folder] += 1
    if report.skipped or hasattr(report, "wasxfail"):
        PASSED_OVER.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped or excused test is a failure: what was not shown did not happen."""
    if PASSED_OVER and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def lines() -> list[str]:
    """What was passed over, then one line per folder, the slowest first."""
    told = [f"passado por cima: {nodeid}" for nodeid in PASSED_OVER]
    for folder, seconds in sorted(SECONDS.items(), key=itemgetter(1), reverse=True):
        told.append(f"{folder:24} {TESTS[folder]:5} testes {seconds:8.1f} s")
    return told


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """After pytest's own last line."""
    print("\n".join(["", *lines()]))  # noqa: T201 (the report itself)
