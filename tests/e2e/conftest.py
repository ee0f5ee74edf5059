"""Journeys in Chromium on the running stack, from a sign-in or a link to what the ERP holds."""

from collections.abc import AsyncIterator

import pytest

from tests.support import live
from tests.support.screen import Screens, traced


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[live.House]:
    """Each file of journeys has an operator of its own, whose ERP can be reported to."""
    async with live.house() as opened:
        await opened.exchange_keys()
        yield opened


@pytest.fixture(scope="session")
async def screens() -> AsyncIterator[Screens]:
    """Chromium before the running stack."""
    async with traced(live.open_stack().run) as browser:
        yield browser
