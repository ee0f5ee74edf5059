"""Journeys in Chromium on the running stack, from a sign-in or a link to what the ERP holds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import live
from tests.support.screen import Screens, chromium


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[live.House]:
    """Each file of journeys has an operator of its own, whose ERP can be reported to."""
    async with live.house() as opened:
        await opened.exchange_keys()
        yield opened


@pytest.fixture(scope="session")
async def screens() -> AsyncIterator[Screens]:
    """The browser; what led to a failure is kept beside the stack's logs."""
    async with chromium() as browser:
        kept = Path(live.open_stack().run) / "traces"
        kept.mkdir(exist_ok=True)
        yield Screens(browser, kept)
