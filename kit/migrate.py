"""`python -m kit.migrate SERVICE`: brings a database to its models, then guards every table.

Alembic applies services/SERVICE/migrations; afterwards row-level security, grants and the relay's
few rights are put on again from the models, so that no new table is ever left open. `keyring`
makes the keyring instead. `--revision "why"` writes a new revision from the models.
"""

import argparse
import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from kit.audit import audit_grants
from kit.figures import figure_grants
from kit.keyring import create_schema
from kit.plumbing import CHANNEL
from kit.settings import Settings
from kit.sweeps import sweep_grants

ROOT = Path(__file__).parents[1]
THIS_TENANT = "tenant_id = (select nullif(current_setting('app.tenant', true), '')::int)"
UNTENANTED = frozenset({"inbox", "alembic_version"})
SPECIAL = frozenset({"audit", "outbox"})
"""Tables whose rights are narrower than read and write."""
SWEPT = frozenset({"idempotency"})
"""Tables of which the relay's login removes old rows, whoever's they are."""
COUNTED = frozenset({"parked"})
"""Tables of which it counts rows, whoever's they are, and reads none."""

TELLING = (
    f"""create or replace function outbox_told() returns trigger language plpgsql as
    $$ begin perform pg_notify('{CHANNEL}', ''); return null; end $$""",
    """create or replace trigger outbox_told after insert on outbox
    for each statement execute function outbox_told()""",
)
"""Wakes the relay when facts are committed."""


def metadata_of(service: str) -> MetaData:
    """The tables of one service."""
    models = importlib.import_module(f"services.{service}.models")
    metadata: MetaData = models.Row.metadata
    return metadata


def guards(service: str, metadata: MetaData) -> Iterator[str]:
    """Statements that grant each login what it needs and nothing else; safe to run again."""
    app, relay, owner = f"{service}_app", f"{service}_relay", f"{service}_owner"
    yield f"grant usage on schema public to {app}, {relay}"
    yield f"revoke all on all tables in schema public from {app}, {relay}"
    for table in metadata.sorted_tables:
        if table.name not in UNTENANTED:
            yield from _security(table, app, owner)
        if table.name not in SPECIAL:
            yield f"grant select, insert, update, delete on {table.name} to {app}"
    yield f"grant select, insert on outbox to {app}"
    # A person may have the relay try again what it parked; nothing else of a fact can be changed.
    yield f"grant update (parked_at) on outbox to {app}"
    yield f"grant select, update, delete on outbox to {relay}"
    yield from TELLING
    yield from audit_grants(app, relay)
    yield from sweep_grants(relay)
    yield from figure_grants(relay)
    for name in sorted(SPECIAL | SWEPT | COUNTED):
        yield f"drop policy if exists relayed on {name}"
        yield f"create policy relayed on {name} to {relay} using (true) with check (true)"


def _security(table: Table, app: str, owner: str) -> Iterator[str]:
    if "tenant_id" not in table.c:
        raise ValueError(f"table {table.name} has no tenant_id")
    yield f"alter table {table.name} enable row level security"
    yield f"alter table {table.name} force row level security"
    yield f"drop policy if exists tenant on {table.name}"
    yield (
        f"create policy tenant on {table.name} to {app} "
        f"using ({THIS_TENANT}) with check ({THIS_TENANT})"
    )
    yield f"drop policy if exists owned on {table.name}"
    yield f"create policy owned on {table.name} to {owner} using (true) with check (true)"


async def guard(connection: AsyncConnection, service: str, metadata: MetaData) -> None:
    """Applies the guards in one transaction."""
    for statement in guards(service, metadata):
        await connection.execute(text(statement))


def _config(service: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "kit" / "alembic"))
    versions = ROOT / "services" / service / "migrations"
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes.update(url=url, metadata=metadata_of(service))
    return config


def migrate(service: str, url: str) -> None:
    """Upgrades one database to the newest revision and guards it."""
    command.upgrade(_config(service, url), "head")
    asyncio.run(_guarded(service, url))


async def _guarded(service: str, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await guard(connection, service, metadata_of(service))
    await engine.dispose()


async def _keyring(url: str) -> None:
    engine = create_async_engine(url)
    await create_schema(engine)
    await engine.dispose()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="kit.migrate")
    parser.add_argument("service")
    parser.add_argument("--revision", metavar="WHY")
    asked = parser.parse_args()
    url = Settings().owner_database_url
    if asked.service == "keyring":
        asyncio.run(_keyring(url))
    elif asked.revision:
        config = _config(asked.service, url)
        number = len(list((ROOT / "services" / asked.service / "migrations").glob("*.py"))) + 1
        command.revision(config, asked.revision, autogenerate=True, rev_id=f"{number:04d}")
    else:
        migrate(asked.service, url)


if __name__ == "__main__":
    main()
