"""One real Postgres and one real Kafka for all integration tests of a session."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support import bus as broker
from tests.support import postgres as support
from tests.support.api import Served
from tests.support.clinic import desk as opened
from tests.support.console import CONSOLE_URL, ISSUER_HOST, World
from tests.support.console import world as console_world
from tests.support.inbox import worklist
from tests.support.postgres import Postgres
from tests.support.public_pages import ORIGIN, PublicWorld, public_world
from tests.support.screen import Screens
from tests.support.screen import screens as opened_screens


@pytest.fixture(scope="session")
def postgres() -> Iterator[support.Postgres]:
    with support.running() as server:
        yield server


@pytest.fixture(scope="session")
def bus() -> Iterator[broker.Bus]:
    with broker.bus() as started:
        yield started


@pytest.fixture(scope="module")
async def served(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The declaration service at a desk of its own."""
    folder: Path = tmp_path_factory.mktemp("seal")
    async with opened(postgres, folder) as ready:
        yield ready


@pytest.fixture(scope="module")
async def tasks_served(postgres: Postgres) -> AsyncIterator[Served]:
    """The worklist over a database of its own."""
    async with worklist(postgres) as ready:
        yield ready


@pytest.fixture(scope="session")
async def console(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The console before the services it asks, and the issuer its people sign in at."""
    folder: Path = tmp_path_factory.mktemp("console")
    async with console_world(postgres, folder) as ready:
        yield ready


@pytest.fixture(scope="session")
async def screens(
    console: World, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Screens]:
    """Chromium before the console and its issuer."""
    apps = {CONSOLE_URL: console.console.app, ISSUER_HOST: console.issuer}
    async with opened_screens(apps, tmp_path_factory.mktemp("screens")) as ready:
        yield ready


@pytest.fixture(scope="session")
async def pages(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PublicWorld]:
    """The public pages before the declaration service."""
    async with public_world(postgres, tmp_path_factory.mktemp("pages")) as ready:
        yield ready


@pytest.fixture(scope="session")
async def phones(
    pages: PublicWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Screens]:
    """Chromium before the public pages."""
    async with opened_screens({ORIGIN: pages.pages.app}, tmp_path_factory.mktemp("phones")) as it:
        yield it
