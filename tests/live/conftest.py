"""Tests of the whole stack that VINCULO_RUN names; without one they fail, they never pass over."""

from collections.abc import AsyncIterator

import pytest

from tests.support import live


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[live.House]:
    async with live.house() as opened:
        yield opened
