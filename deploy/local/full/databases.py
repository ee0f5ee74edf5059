"""Databases of the parts that keep their data in our Postgres server, each behind its own login."""

import asyncpg

from deploy.local import postgres
from deploy.local.world import World

DATABASES = {"temporal": "temporal", "temporal_visibility": "temporal", "keycloak": "keycloak"}
"""Database → the login that owns it; no other may enter."""


async def make_databases(world: World) -> None:
    """Makes what is missing and sets the passwords to ours."""
    connection = await asyncpg.connect(postgres.admin_dsn(world))
    try:
        for login in sorted(set(DATABASES.values())):
            await postgres.make_role(connection, login, world.vault.password(login))
        for database, login in DATABASES.items():
            await make_database(connection, database, login)
    finally:
        await connection.close()


async def make_database(connection: asyncpg.Connection, database: str, login: str) -> None:
    if not await connection.fetchval("select 1 from pg_database where datname = $1", database):
        await connection.execute(f"create database {database} owner {login}")
    await connection.execute(f"revoke all on database {database} from public")


async def has_schema(world: World, database: str) -> bool:
    """Whether Temporal's schema tool was there before."""
    connection = await asyncpg.connect(postgres.admin_dsn(world, database))
    try:
        return bool(await connection.fetchval("select to_regclass('public.schema_version')"))
    finally:
        await connection.close()
