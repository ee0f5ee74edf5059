"""Every service keeps to its own OpenAPI under generated requests.

`FUZZ_CASES` asks for that many requests per service (a few per operation otherwise) and, from
2,000 on, that every operation was reached with a 2xx. `SEED` repeats a run.
"""

import os
import secrets

import pytest

from tests.api import formats, stack
from tests.api.callers import Caller, Doorkeeper, callers
from tests.api.fuzzing import Asked, Ledger, fuzz
from tests.api.ids import Pool
from tests.api.journey import Walked, walk

CASES = int(os.environ.get("FUZZ_CASES", "300"))
FULL = 2000
SEED = int(os.environ.get("SEED") or secrets.randbelow(10**6))
TENANT = 2
"""Not the one people look at: what is generated stays out of their sight."""
SERVICES = ("registry", "health_declaration", "contact", "desk", "sandbox")


@pytest.fixture(scope="session")
def running() -> stack.Stack:
    formats.register()
    return stack.read()


@pytest.fixture(scope="session")
def pool() -> Pool:
    """Shared: what one service answers names things another one knows."""
    return Pool()


@pytest.fixture(scope="session")
def known(running: stack.Stack) -> list[Caller]:
    return callers(running, TENANT)


@pytest.fixture(scope="session")
def walked(running: stack.Stack, known: list[Caller], pool: Pool) -> Walked:
    return walk(running.openapi, {caller.role: caller for caller in known}, pool)


@pytest.fixture(scope="session")
def doorkeeper(known: list[Caller], walked: Walked) -> Doorkeeper:
    return Doorkeeper([*known, *walked.sessions])


def report(service: str, ledger: Ledger) -> str:
    """What came of a run, for whoever reads the log."""
    lines = [f"{service}: {ledger.cases} cases, seed {SEED}, {len(ledger.breaches)} breaches"]
    lines += [f"  never reached a 2xx: {operation}" for operation in ledger.unreached()]
    return "\n".join([*lines, *(f"  {breach}" for breach in sorted(ledger.breaches.values()))])


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_keeps_to_its_openapi(
    service: str, running: stack.Stack, doorkeeper: Doorkeeper, pool: Pool, walked: Walked
) -> None:
    asked = Asked(doorkeeper, pool, walked.ledgers[service])
    ledger = fuzz(running.openapi[service], asked, CASES, SEED)
    told = report(service, ledger)
    os.write(1, f"\n{told}\n".encode())
    assert ledger.cases >= CASES
    assert not ledger.breaches, told
    assert CASES < FULL or not ledger.unreached(), told


def test_every_http_process_of_the_stack_is_asked(running: stack.Stack) -> None:
    assert set(running.openapi) == set(SERVICES)
