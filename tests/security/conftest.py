"""One Postgres, and the services that are attacked, for all attacks of a session."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.contact.app import create as contact_app
from services.contact.settings import ContactSettings
from services.registry.app import create as registry_app
from services.registry.settings import RegistrySettings
from tests.support import postgres as support
from tests.support.api import Served, databases, serving
from tests.support.clinic import desk
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with support.running() as server:
        yield server


@pytest.fixture(scope="session")
async def served(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The declaration service."""
    async with desk(postgres, tmp_path_factory.mktemp("seal")) as ready:
        yield ready


@pytest.fixture(scope="session")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(registry_app(settings), postgres) as ready:
        yield ready


@pytest.fixture(scope="session")
async def contact(postgres: Postgres) -> AsyncIterator[Served]:
    """The contact service, told a secret that Meta would share."""
    known = await databases(postgres, "contact") | {"whatsapp_app_secret": "secret"}
    async with serving(contact_app(ContactSettings.model_validate(known)), postgres) as ready:
        yield ready
