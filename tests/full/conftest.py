"""Tests of what only the full stack has; run by `STACK=full make test`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.identity import Keycloak
from deploy.local import stack


@pytest.fixture(scope="session")
def told() -> dict[str, Any]:
    """stack.json of the full stack that runs."""
    found = stack.describe()
    assert found["stack"] == "full", "estes testes pedem STACK=full"
    return found


@pytest.fixture(scope="session")
async def realm(told: dict[str, Any]) -> AsyncIterator[Keycloak]:
    async with httpx.AsyncClient(timeout=60) as http:
        yield Keycloak(told["oidc"], http)
