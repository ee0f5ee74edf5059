"""The value of every variable that a process of ours can be given."""

import json
import os
import sys
from pathlib import Path

from contracts.topics import COMPACTED, EXTERNAL, topic
from contracts.topics import TOPICS as TOPICS_OF_BUS
from deploy.local import oidc, postgres, temporal
from deploy.local.launch import Job
from deploy.local.paths import BIN
from deploy.local.people import people
from deploy.local.ports import HOST
from deploy.local.processes import (
    ERASURES,
    LOOK_ATTENDED,
    LOOK_DECLARATIONS,
    MIGRATED,
    MIGRATION,
    REBUILD,
    REWRAP,
    SIGN_IN,
    TOPICS,
    Process,
)
from deploy.local.seal import seal
from deploy.local.world import World

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")


def asyncpg_url(dsn: str) -> str:
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def values(world: World, group: str, name: str) -> dict[str, str]:
    """All variables as the named process of the group would see them."""
    client = name if name == "desk" else SIGN_IN if group == SIGN_IN else "workflows"
    return {
        "VINCULO_SERVICE": group if group != "workflows" else name,
        "VINCULO_PROCESS": name,
        "VINCULO_SANDBOX": "true",
        "VINCULO_OTLP_ENDPOINT": os.environ.get("VINCULO_OTLP_ENDPOINT", ""),
        "VINCULO_SPANS_FILE": str(world.run / "spans" / f"{name}.jsonl"),
        "VINCULO_TRACE_RATIO": os.environ.get("VINCULO_TRACE_RATIO", "1"),
        "VINCULO_OIDC_ISSUER": oidc.issuer(world),
        "VINCULO_OIDC_JWKS_URL": oidc.jwks(world),
        "VINCULO_OIDC_AUDIENCE": oidc.AUDIENCE,
        "VINCULO_TOKEN_URL": oidc.token(world),
        "VINCULO_CLIENT_ID": client,
        "VINCULO_CLIENT_SECRET": world.vault.password(f"client_{client}"),
        "VINCULO_ISSUER_KEY_FILE": str(world.vault.issuer_key_file()),
        "VINCULO_ISSUER_CLIENTS": json.dumps(oidc.clients(world) | oidc.signing_in(world)),
        "VINCULO_ISSUER_REDIRECTS": json.dumps(
            {SIGN_IN: [oidc.redirect(world.url("console.app"))]}
        ),
        "VINCULO_ISSUER_PEOPLE": json.dumps(people()),
        "VINCULO_CONSOLE_URL": world.url("console.app"),
        "VINCULO_OIDC_AUTHORIZE_URL": "",
        "VINCULO_OPERATORS": os.environ.get("VINCULO_OPERATORS", "{}"),
        "VINCULO_OPERATOR_LOGOS": os.environ.get("VINCULO_OPERATOR_LOGOS", ""),
        "VINCULO_HEALTH_PORT": str(world.ports.get(name, 0)),
        "VINCULO_HEALTH_HOST": HOST,
        **urls(world),
        **providers(world),
        **documents(world),
        **databases(world, group),
        **brokers(world),
    }


def providers(world: World) -> dict[str, str]:
    """The stand-ins' addresses and the secrets shared with them."""
    return {
        "VINCULO_SMTP_HOST": HOST,
        "VINCULO_SMTP_PORT": str(world.ports["smtp"]),
        "VINCULO_WHATSAPP_URL": f"{world.url('sandbox.app')}/whatsapp",
        "VINCULO_WHATSAPP_PHONE_NUMBER_ID": "100000000000001",
        "VINCULO_WHATSAPP_TOKEN": world.vault.password("whatsapp_token"),
        "VINCULO_WHATSAPP_APP_SECRET": world.vault.password("whatsapp_app_secret"),
        "VINCULO_WHATSAPP_VERIFY_TOKEN": world.vault.password("whatsapp_verify_token"),
        "VINCULO_VIDEO_URL": f"{world.url('sandbox.app')}/video",
        "VINCULO_VIDEO_TOKEN": world.vault.password("video_token"),
        "VINCULO_ERP_KEY_FILE": str(world.run / "secrets" / "erp.jwk"),
        "VINCULO_ERP_PRIVATE_JWK": json.dumps(world.vault.partner_key()),
    }


def documents(world: World) -> dict[str, str]:
    """What the term carries: the operator's number, its public pages and its seal."""
    certificate, password = seal(world.run / "secrets" / "seal.p12", world.vault)
    return {
        "VINCULO_ANS_REGISTER": "000000",
        "VINCULO_PUBLIC_URL": world.url("console.public"),
        "VINCULO_PDF_CERTIFICATE_FILE": str(certificate),
        "VINCULO_PDF_CERTIFICATE_PASSWORD": password,
    }


def urls(world: World) -> dict[str, str]:
    return {
        f"VINCULO_{service.upper()}_URL": world.url(f"{service}.app")
        for service in postgres.SERVICES
    } | {"VINCULO_DESK_URL": world.url("desk")}


def databases(world: World, group: str) -> dict[str, str]:
    found = {
        "VINCULO_KEYRING_URL": url(world, "keyring", "app"),
        "VINCULO_KEYRING_ERASER_URL": url(world, "keyring", "eraser"),
        "VINCULO_KEK_FILE": str(world.vault.kek_file()),
        "VINCULO_INDEX_KEY": world.vault.key("index_key"),
        "VINCULO_PAYLOAD_KEY": world.vault.key("payload_key"),
    }
    if group in postgres.ROLES:
        # One machine carries everything: who waits behind a burst is better late than refused.
        found["VINCULO_POOL_TIMEOUT_SECONDS"] = "60"
        found["VINCULO_OWNER_DATABASE_URL"] = url(world, group, "owner")
        found["VINCULO_DATABASE_URL"] = url(world, group, "app")
    if group in postgres.SERVICES:
        found["VINCULO_RELAY_DATABASE_URL"] = url(world, group, "relay")
    return found


def url(world: World, database: str, role: str) -> str:
    return asyncpg_url(postgres.dsn(world, database, role))


def brokers(world: World) -> dict[str, str]:
    real = world.broker == "kafka"
    return {
        "VINCULO_KAFKA_SERVERS": world.bootstrap,
        "VINCULO_KAFKA_REPLICATION": str(world.replication),
        "VINCULO_KAFKA_MIN_INSYNC": str(world.min_insync),
        "VINCULO_KAFKA_IDEMPOTENT": "true" if real else "false",
        # The light broker holds a fetch for half of this; Kafka answers as soon as it can.
        "VINCULO_KAFKA_FETCH_MAX_WAIT_MS": "5000" if real else "20",
        "VINCULO_KAFKA_SESSION_TIMEOUT_MS": "10000" if real else "1000",
        # Nobody but this machine reaches the brokers here; the chart gives every process a login.
        "VINCULO_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "VINCULO_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "VINCULO_KAFKA_USERNAME": "",
        "VINCULO_KAFKA_PASSWORD": "",
        "VINCULO_KAFKA_CA_FILE": "",
        "VINCULO_TEMPORAL_ADDRESS": world.address("temporal"),
        "VINCULO_TEMPORAL_NAMESPACE": temporal.NAMESPACE,
    }


def surroundings() -> dict[str, str]:
    """What a process gets besides our variables."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed, "TZ": "UTC", "PYTHONUNBUFFERED": "1"}


def environment(world: World, variables: tuple[str, ...], group: str, name: str) -> dict[str, str]:
    known = values(world, group, name)
    return {**surroundings(), **{variable: known[variable] for variable in variables}}


def process_environment(world: World, process: Process, instance: str) -> dict[str, str]:
    given = environment(world, process.variables, process.group, process.name)
    spans = str(world.run / "spans" / f"{instance}.jsonl")
    return {**given, "VINCULO_PROCESS": instance, "VINCULO_SPANS_FILE": spans}


def program(command: tuple[str, ...]) -> tuple[str, ...]:
    """The same command with the programs of this checkout."""
    first = sys.executable if command[0] == "python" else str(Path(BIN) / command[0])
    return (first, *command[1:])


def migrations(world: World) -> list[Job]:
    """One per database; the keyring belongs to no service and goes with the first wanted."""
    names = [n for n in MIGRATED if world.wants(n) or (n == "keyring" and world.only != {"parts"})]
    return [
        Job(
            f"migrate.{name}",
            program(("python", "-m", "kit.migrate", name)),
            environment(world, MIGRATION, name, f"migrate.{name}"),
        )
        for name in names
    ]


def topics(world: World) -> Job:
    command = program(("python", "-m", "kit.topics"))
    return Job("topics", command, environment(world, TOPICS, "topics", "topics"))


def rewrap(world: World) -> Job:
    command = program(("python", "-m", "kit.rewrap"))
    return Job("rewrap", command, environment(world, REWRAP, "keyring", "rewrap"))


def erasures(world: World, listed: Path) -> Job:
    """Whom a restored registry remembers though their keys are destroyed."""
    command = program(("python", "-m", "services.registry.worker", "erased", str(listed)))
    return Job("erasures", command, environment(world, ERASURES, "registry", "erasures"))


def looks(world: World) -> list[Job]:
    """What must hold, asked now; of facts, each service that keeps its own on the bus."""
    told = {one.owner for one in TOPICS_OF_BUS if one.name not in COMPACTED} - {EXTERNAL}
    of_facts = [_look(world, name, ("kit.facts_out",), REBUILD) for name in sorted(told)]
    declarations = ("services.health_declaration.worker", "look")
    return [
        *of_facts,
        _look(world, "health_declaration", declarations, LOOK_DECLARATIONS),
        _look(world, "workflows", ("workflows.attended",), LOOK_ATTENDED),
    ]


def _look(world: World, group: str, module: tuple[str, ...], variables: tuple[str, ...]) -> Job:
    name = f"look.{group}.{module[0].split('.')[-1]}"
    command = program(("python", "-m", *module))
    return Job(name, command, environment(world, variables, group, "look"))


def rebuilds(world: World) -> list[Job]:
    """Each service publishes again what its outbox holds."""
    return [_rebuild(world, name) for name in postgres.SERVICES if world.wants(name)]


def clocks(world: World) -> list[Job]:
    """Moves of clocks come first: a process that starts meanwhile must not act at a wrong time."""
    owners = {topic(name).owner for name in COMPACTED}
    return [_rebuild(world, owner, *COMPACTED) for owner in sorted(owners) if world.wants(owner)]


def _rebuild(world: World, name: str, *named: str) -> Job:
    return Job(
        ".".join(("rebuild", name, *named)),
        program(("python", "-m", "kit.rebuild", *named)),
        environment(world, REBUILD, name, f"rebuild.{name}"),
    )
