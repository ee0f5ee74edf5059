"""Each file of stories has an operator of its own; no story waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

from tests.support import live
from tests.support.screen import Screens, traced

LONGEST_SECONDS = 1500.0

type Story = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[live.House]:
    async with live.house() as opened:
        yield opened


@pytest.fixture(scope="session")
async def screens() -> AsyncIterator[Screens]:
    """Chromium before the running stack."""
    async with traced(live.open_stack().run) as browser:
        yield browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a person waits for may never come: the story fails then, instead of standing still."""
    for item in items:
        if isinstance(item, pytest.Function) and iscoroutinefunction(item.obj):
            item.obj = bounded(item.obj)


def bounded(story: Story) -> Story:
    @wraps(story)
    async def told(*parts: Any, **named: Any) -> None:
        async with asyncio.timeout(LONGEST_SECONDS):
            await story(*parts, **named)

    return told
