"""What is attacked: three services as they are served, with people of two operators in them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from services.contact.app import create as create_contact
from services.contact.settings import ContactSettings
from services.registry.app import create as create_registry
from services.registry.settings import RegistrySettings
from tests.support import clinic
from tests.support.api import Served, databases, serving
from tests.support.clinic import Desk
from tests.support.postgres import Postgres
from tests.support.registry_data import person

OURS, THEIRS = 1, 2
WEBHOOK_SECRET = "known to the provider"  # noqa: S105 (of these tests)
_numbers = count(1)


@dataclass(frozen=True)
class Ground:
    """The services, and people to be attacked in tenant `OURS`."""

    registry: Served
    forms: Served
    contact: Served

    @property
    def desk(self) -> Desk:
        return Desk(self.forms, OURS)

    async def registered(self, **changes: Any) -> tuple[str, dict[str, Any]]:
        """Somebody new of our tenant: their id and what was typed."""
        typed = person(next(_numbers), **changes)
        headers = self.registry.as_(OURS, "registrar")
        answer = await self.registry.http.post("/people", json=typed, headers=headers)
        return answer.json()["person_id"], typed


@asynccontextmanager
async def ground_of(postgres: Postgres, folder: Path) -> AsyncIterator[Ground]:
    """The three services over databases of their own."""
    of_registry = await databases(postgres, "registry")
    of_contact = await databases(postgres, "contact") | {"whatsapp_app_secret": WEBHOOK_SECRET}
    registry = create_registry(RegistrySettings.model_validate(of_registry))
    contact = create_contact(ContactSettings.model_validate(of_contact))
    async with AsyncExitStack() as stack:
        yield Ground(
            await stack.enter_async_context(serving(registry, postgres)),
            await stack.enter_async_context(clinic.desk(postgres, folder)),
            await stack.enter_async_context(serving(contact, postgres)),
        )
