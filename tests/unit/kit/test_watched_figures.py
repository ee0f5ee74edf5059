"""What dashboards and alerts ask of a process is there from its first request on."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, httpx
from fastapi import FastAPI
from kit import telemetry

telemetry.setup("registry", "registry.app", "")
app = FastAPI(telemetry=telemetry.fastapi_options())
telemetry.instrument_app(app)

@app.get("/people/{person_id}")
async def person(person_id: str) -> None:
    raise RuntimeError

async def main() -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
        await http.get("/people/52998224725")
        print((await http.get("/metrics")).text)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def told() -> str:
    done = subprocess.run(  # noqa: S603 - this interpreter on the text above
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_process_says_that_it_runs(told: str) -> None:
    assert "\nprocess_up 1\n" in f"\n{told}"


def test_requests_are_told_by_route_and_status_and_by_no_value(told: str) -> None:
    (count,) = [
        line
        for line in told.splitlines()
        if line.startswith("http_server_request_duration_seconds_count")
    ]
    assert 'http_route="/people/{person_id}"' in count
    assert 'http_response_status_code="500"' in count
    assert "http_server_active_requests" in told
    assert "http_server_request_duration_seconds_bucket" in told
    assert "52998224725" not in told
