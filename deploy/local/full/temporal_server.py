"""The Temporal server with its histories in Postgres, as production runs it."""

from contextlib import suppress

import httpx

from deploy.local import temporal
from deploy.local.full.databases import has_schema
from deploy.local.full.lock import temporal_home
from deploy.local.full.temporal_config import file_of
from deploy.local.launch import Job, Launch
from deploy.local.ports import HOST
from deploy.local.world import World

SCHEMAS = {"temporal": "temporal", "temporal_visibility": "visibility"}
"""Database → the folder of its schema."""


def server(world: World) -> Launch:
    command = (str(temporal_home() / "bin" / "server"), "--config-file", str(file_of(world)))
    return Launch(
        name="temporal",
        command=(*command, "--allow-no-auth", "start"),
        env={},
        probe=lambda _pid: answers(world),
    )


async def schemas(world: World) -> list[Job]:
    """Makes the tables the first time, and brings them to the server's version."""
    jobs = []
    for database, folder in SCHEMAS.items():
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
