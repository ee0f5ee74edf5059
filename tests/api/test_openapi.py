"""Every service keeps to its own OpenAPI under generated requests.

`FUZZ_CASES` asks for that many requests per service (a few per operation otherwise) and, from
2,000 on, that every operation was reached with a 2xx. `SEED` draws others.
"""

import os

import pytest

from tests.api.callers import Doorkeeper
from tests.api.fuzzing import Asked, Ledger, described, fuzz
from tests.api.walk import Walked
from tests.api.walk_ops import SERVICES as WALKED

CASES = int(os.environ.get("FUZZ_CASES", "150"))
FULL = 2000
SEED = int(os.environ.get("SEED") or 20_261)
"""The same each time: no landing hangs on the draw."""
SERVICES = (
    "health_declaration",
    "desk",
    "contact",
    "worklist",
    "console",
    "console.public",
    "registry",
    "sandbox",
)
"""Whoever ends enrolments, erases people and moves the clock comes last."""


@pytest.fixture(scope="session")
def doorkeeper(walked: Walked) -> Doorkeeper:
    return Doorkeeper(walked.callers)


def report(service: str, ledger: Ledger) -> str:
    """What came of a run, for whoever reads the log."""
    lines = [f"{service}: {ledger.cases} cases, seed {SEED}, {len(ledger.breaches)} breaches"]
    lines += [f"  never reached a 2xx: {operation}" for operation in ledger.unreached()]
    return "\n".join([*lines, *(f"  {breach}" for breach in sorted(ledger.breaches.values()))])


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_keeps_to_its_openapi(
    service: str, walked: Walked, doorkeeper: Doorkeeper
) -> None:
    asked = Asked(doorkeeper, walked.pool, walked.ledgers[service])
    ledger = fuzz(described(service, walked.served[service]), asked, CASES, SEED)
    told = report(service, ledger)
    os.write(1, f"\n{told}\n".encode())
    assert ledger.cases >= CASES
    assert not ledger.breaches, told
    assert CASES < FULL or not ledger.unreached(), told


UNWALKED: dict[str, str] = {}
"""Operations that the walk may leave out, each with its reason; there is none."""


@pytest.mark.parametrize("service", WALKED)
def test_the_walk_itself_reaches_every_operation(service: str, walked: Walked) -> None:
    """What is generated afterwards finds something in every stage only if somebody was there."""
    left = [one for one in walked.unreached[service] if f"{service} {one}" not in UNWALKED]
    assert left == []


def test_every_http_process_of_the_stack_is_asked(walked: Walked) -> None:
    assert set(walked.served) == set(SERVICES)
