"""The settings of the Temporal server: its stores, its four services, where each listens."""

from pathlib import Path
from typing import Any

from deploy.local.paths import write_json
from deploy.local.ports import HOST
from deploy.local.processes import TEMPORAL_ROLES
from deploy.local.world import World

SHARDS = 16
"""Fixed for the life of its database: another number means another database."""
CONNECTIONS = {"temporal": 20, "temporal_visibility": 5}
"""Database → connections of each of the four services."""


def file_of(world: World) -> Path:
    return world.run / "data" / "temporal.yaml"


def prepare(world: World) -> None:
    """Writes its settings, passwords among them, for its owner alone (JSON is YAML)."""
    write_json(file_of(world), settings(world))


def settings(world: World) -> dict[str, Any]:
    stores = {name: {"sql": store(world, name)} for name in CONNECTIONS}
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
    connections = CONNECTIONS[database]
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
