"""Temporal's one binary with a state file."""

import os
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

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
    try:
        client = await Client.connect(world.address("temporal"), namespace=NAMESPACE)
        return await client.service_client.check_health(timeout=timedelta(seconds=2))
    except (RPCError, RuntimeError):
        return False


async def keep_history(world: World) -> None:
    """Raises the namespace's retention to ours."""
    client = await Client.connect(world.address("temporal"), namespace=NAMESPACE)
    keep = Duration()
    keep.FromTimedelta(RETENTION)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=NAMESPACE, config=NamespaceConfig(workflow_execution_retention_ttl=keep)
        )
    )
