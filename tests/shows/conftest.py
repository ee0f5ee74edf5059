"""Each file of stories has an operator of its own on the running stack."""

from collections.abc import AsyncIterator

import pytest

from tests.support import live


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[live.House]:
    async with live.house() as opened:
        yield opened
