"""Services before a real Postgres, for whoever attacks them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.security.ground import Ground, ground_of
from tests.support import postgres as support
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with support.running() as server:
        yield server


@pytest.fixture(scope="session")
async def ground(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ground]:
    async with ground_of(postgres, tmp_path_factory.mktemp("seal")) as ready:
        yield ready
