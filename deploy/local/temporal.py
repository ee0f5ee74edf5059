"""Temporal's one binary with a state file."""

import os
from contextlib import suppress
from datetime import timedelta

import httpx

from deploy.local.launch import Launch
from deploy.local.paths import BIN
from deploy.local.world import World

NAMESPACE = "default"
RETENTION = timedelta(days=60)
"""Above the outbox's, so that a rebuilt bus does not start ended processes again."""

SEARCH_ATTRIBUTES: dict[str, str] = {}
"""Name → type (Keyword, Int, …) registered in the namespace."""


def server(world: World) -> Launch:
    command = [str(BIN / "temporal"), "server", "start-dev", "--ip", "127.0.0.1"]
    command += ["--port", str(world.ports["temporal"]), "--log-level", "error"]
    command += ["--http-port", str(world.ports["temporal_http"])]
    command += ["--db-filename", str(world.data("temporal") / "state.db")]
    command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    for name, kind in SEARCH_ATTRIBUTES.items():
        command += ["--search-attribute", f"{name}={kind}"]
    command += screen(world)
    return Launch("temporal", tuple(command), {}, probe=lambda _pid: answers(world))


def screen(world: World) -> list[str]:
    """Its own screen only where asked for: payloads are sealed, a browser shows little."""
    if not has_screen():
        return ["--headless"]
    return ["--ui-port", str(world.ports["temporal_ui"])]


def has_screen() -> bool:
    return os.environ.get("VINCULO_TEMPORAL_UI") == "1"


def prepare(world: World) -> None:
    world.data("temporal").mkdir(exist_ok=True)


async def answers(world: World) -> bool:
    """Whether the namespace is there, asked by its HTTP API: the client library is heavy here."""
    with suppress(httpx.HTTPError):
        async with httpx.AsyncClient(timeout=2) as client:
            return (await client.get(namespace_url(world))).is_success
    return False


async def keep_history(world: World) -> None:
    """Raises the namespace's retention to ours."""
    config = {"workflowExecutionRetentionTtl": f"{int(RETENTION.total_seconds())}s"}
    async with httpx.AsyncClient(timeout=10) as client:
        reply = await client.post(f"{namespace_url(world)}/update", json={"config": config})
        reply.raise_for_status()


def namespace_url(world: World) -> str:
    return f"{world.url('temporal_http')}/api/v1/namespaces/{NAMESPACE}"
