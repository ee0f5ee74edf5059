"""`python -m deploy.local.told`: what the running servers answer about how they keep things."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from contracts.topics import TOPICS
from deploy.local.stack import NotUp, describe

LEAST = "min.insync.replicas"


async def bus(bootstrap: str) -> list[str]:
    """Copies of the topics as the brokers hold them, and how many must have each message."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [topic.name for topic in TOPICS]
        parts = [p for t in await admin.describe_topics(names) for p in t["partitions"]]
        least = [count for name in names for count in await least_of(admin, name)]
    finally:
        await admin.close()
    copies = span(len(part["replicas"]) for part in parts)
    in_sync = span(len(part["isr"]) for part in parts)
    return [
        f"replicação: {copies} (em dia: {in_sync}; {len(names)} tópicos, {len(parts)} partições)",
        f"mínimo em dia: {span(least)}",
    ]


async def least_of(admin: AIOKafkaAdminClient, name: str) -> list[int]:
    """What the topic is held to; nothing where it is not made yet."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
    return [
        int(entry[1])
        for answer in await admin.describe_configs(asked)
        for resource in answer.resources
        for entry in resource[-1]
        if entry[0] == LEAST
    ]


def span(counts: Any) -> str:
    """One figure where all agree, else from the least to the most."""
    found = sorted(set(counts))
    if not found:
        return "?"
    return str(found[0]) if len(found) == 1 else f"{found[0]} a {found[-1]}"


async def store(url: str) -> str:
    """Where Temporal keeps histories and what it lists of them."""
    async with httpx.AsyncClient(timeout=10) as client:
        reply = await client.get(f"{url}/api/v1/cluster-info")
    told = reply.raise_for_status().json()
    return f"persistência do Temporal: {told['persistenceStore']}, {told['visibilityStore']}"


async def issuer(url: str) -> str:
    """Who signs the tokens, in its own words."""
    async with httpx.AsyncClient(timeout=10) as client:
        reply = await client.get(f"{url}/.well-known/openid-configuration")
    return f"emissor de tokens: {reply.raise_for_status().json()['issuer']}"


async def told(run: str | Path | None = None) -> list[str]:
    """Replication, minimum in sync, Temporal's store, the issuer. NotUp when no stack runs."""
    found = describe(run)
    if found["kafka"]["broker"] != "kafka":
        return []
    lines = [*await bus(found["kafka"]["bootstrap"]), await store(found["temporal"]["http"])]
    # A stack of parts alone has no stand-in issuer.
    signs = "keycloak" in found["oidc"] or "sandbox" in found["services"]
    return [*lines, await issuer(found["oidc"]["issuer"])] if signs else lines


def main() -> int:
    try:
        print("\n".join(asyncio.run(told())))
    except (NotUp, KafkaError, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
