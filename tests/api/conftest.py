"""The walk through an operator's life, made once for all that begins from what it left."""

import asyncio

import pytest

from tests.api import formats
from tests.api.walk import Walked, walk


@pytest.fixture(scope="session")
def walked() -> Walked:
    formats.register()
    return asyncio.run(walk())
