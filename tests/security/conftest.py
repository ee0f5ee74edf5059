"""Services before a real Postgres, for whoever attacks them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.security.ground import Ground, ground_of
from tests.security.operators import Operators, settled
from tests.support import postgres as support
from tests.support.console import world as console_world
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


@pytest.fixture(scope="session")
async def operators(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Operators]:
    """Two operators of whom one has lived; somebody of it is signed in at the console."""
    async with console_world(postgres, tmp_path_factory.mktemp("world")) as world:
        ready = await settled(world)
        await world.browser(ready.ours, "ana")
        yield ready
