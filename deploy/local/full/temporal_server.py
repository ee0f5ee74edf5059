"""The Temporal server with its histories in Postgres, as production runs it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from deploy.local import temporal
from deploy.local.full.databases import has_schema
from deploy.local.full.lock import temporal_home
from deploy.local.launch import Job, Launch
from deploy.local.paths import write_json
from deploy.local.ports import HOST
from deploy.local.processes import TEMPORAL_ROLES
from deploy.local.world import World

SHARDS = 16
"""Fixed for the life of its database; docs/scale.md says how many production needs."""
STORES = {"temporal": ("temporal", 20), "temporal_visibility": ("visibility", 5)}
"""Database → folder of its schema, connections of each of the four services."""


def server(world: World) -> Launch:
    command = (str(temporal_home() / "bin" / "server"), "--config-file", str(file_of(world)))
    return Launch(
        name="temporal",
        command=(*command, "--allow-no-auth", "start"),
        env={},
        probe=lambda _pid: answers(world),
    )


def file_of(world: World) -> Path:
    return world.run / "data" / "temporal.yaml"


def prepare(world: World) -> None:
    """Writes its settings, passwords among them, for its owner alone (JSON is YAML)."""
    write_json(file_of(world), settings(world))


def settings(world: World) -> dict[str, Any]:
    stores = {name: {"sql": store(world, name)} for name in STORES}
    here = {"initialFailoverVersion": 1, "rpcName": "frontend", "enabled": True}
    return {
        "log": {"stdout": True, "level": "warn"},
        "persistence": {
            "defaultStore": "temporal",
            "visibilityStore": "temporal_visibility",
            "numHistoryShards": SHARDS,
            "datastores": stores,
        },
        "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": HOST}},
        "services": {role: {"rpc": rpc(world, role)} for role in TEMPORAL_ROLES},
        "clusterMetadata": {
            "enableGlobalNamespace": False,
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {"active": {**here, "rpcAddress": world.address("temporal")}},
        },
        "dcRedirectionPolicy": {"policy": "noop"},
    }


def store(world: World, database: str) -> dict[str, Any]:
    connections = STORES[database][1]
    return {
        "pluginName": "postgres12",
        "databaseName": database,
        "connectAddr": world.address("postgres"),
        "connectProtocol": "tcp",
        "user": "temporal",
        "password": world.vault.password("temporal"),
        "maxConns": connections,
        "maxIdleConns": connections,
        "maxConnLifetime": "1h",
    }


def rpc(world: World, role: str) -> dict[str, Any]:
    front = role == "frontend"
    port = world.ports["temporal" if front else f"temporal.{role}"]
    inside = {"membershipPort": world.ports[f"temporal.{role}.members"], "bindOnLocalHost": True}
    outside = {"httpPort": world.ports["temporal_http"]} if front else {}
    return {"grpcPort": port, **inside, **outside}


async def schemas(world: World) -> list[Job]:
    """Makes the tables the first time, and brings them to the server's version."""
    jobs = []
    for database, (folder, _) in STORES.items():
        if not await has_schema(world, database):
            jobs.append(schema(world, database, "setup-schema", "-v", "0.0"))
        versions = temporal_home() / "schema" / folder / "versioned"
        jobs.append(schema(world, database, "update-schema", "-d", str(versions)))
    return jobs


def schema(world: World, database: str, *what: str) -> Job:
    tool = (str(temporal_home() / "bin" / "sql"), "--plugin", "postgres12", "--ep", HOST)
    login = ("--port", str(world.ports["postgres"]), "--user", "temporal", "--database", database)
    env = {"SQL_PASSWORD": world.vault.password("temporal")}
    return Job(f"schema.{database}", (*tool, *login, *what), env)


async def answers(world: World) -> bool:
    """Whether it takes requests; the namespace is made only then."""
    with suppress(httpx.HTTPError):
        async with httpx.AsyncClient(timeout=2) as client:
            url = f"{world.url('temporal_http')}/api/v1/namespaces"
            return (await client.get(url)).is_success
    return False


async def make_namespace(world: World) -> None:
    """Makes ours where it is missing, and waits until every service of it knows."""
    kept = f"{int(temporal.RETENTION.total_seconds())}s"
    wanted = {"namespace": temporal.NAMESPACE, "workflowExecutionRetentionPeriod": kept}
    async with httpx.AsyncClient(timeout=10) as client:
        if not await temporal.answers(world):
            url = f"{world.url('temporal_http')}/api/v1/namespaces"
            (await client.post(url, json=wanted)).raise_for_status()
