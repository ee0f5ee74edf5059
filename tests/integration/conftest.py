"""One real Postgres for all integration tests of a session."""

from collections.abc import Iterator

import pytest

from tests.support import postgres as support


@pytest.fixture(scope="session")
def postgres() -> Iterator[support.Postgres]:
    with support.running() as server:
        yield server
