"""One real Postgres and one real Kafka for all integration tests of a session."""

from collections.abc import Iterator

import pytest

from tests.support import bus as broker
from tests.support import postgres as support


@pytest.fixture(scope="session")
def postgres() -> Iterator[support.Postgres]:
    with support.running() as server:
        yield server


@pytest.fixture(scope="session")
def bus() -> Iterator[broker.Bus]:
    with broker.bus() as started:
        yield started
