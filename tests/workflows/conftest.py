"""A Temporal server that skips time, with the house's own payload encryption."""

import base64
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from kit.temporal import data_converter

PAYLOAD_KEY = base64.b64encode(bytes(range(32))).decode()
SERVER = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))


@pytest.fixture
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """One server per test: its clock is global and would race between tests."""
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter(PAYLOAD_KEY), test_server_existing_path=SERVER
    ) as started:
        yield started
