"""stack.json: where everything is, for whoever drives the system from outside."""

from typing import Any

from contracts.topics import TOPICS
from deploy.local import oidc, postgres, temporal
from deploy.local.environment import providers
from deploy.local.people import TENANTS
from deploy.local.processes import PROCESSES
from deploy.local.world import World

PARTNER_GROUP = "notus"
FOR_PEOPLE = ("console", "console.public")
"""Where browsers come: nobody is told there how it is made."""


def describe(world: World, people: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "stack": "full" if world.full else "embedded",
        "services": services(world),
        "kafka": {
            "bootstrap": world.bootstrap,
            "broker": world.broker,
            "groups": sorted(groups()),
        },
        "temporal": {
            "address": world.address("temporal"),
            "http": world.url("temporal_http"),
            "namespace": temporal.NAMESPACE,
            "ui": world.url("temporal_ui") if temporal.has_screen() else None,
        },
        "postgres": databases(world),
        "oidc": oidc.told(world),
        "erp": {"public_jwk": public_part(world.vault.partner_key())},
        "smtp": world.address("smtp"),
        "stand_ins": stand_ins(world),
        "metrics": metrics(world),
        "clocks": clocks(world),
        "logs": str(world.run / "logs"),
        "spans": str(world.run / "spans"),
        "tenants": [{"id": number, "name": name} for number, name in TENANTS.items()],
        "people": people,
    }


def groups() -> set[str]:
    """Consumer groups of this stack: its own processes' and the ERP stand-in's. Others may come."""
    readers = {reader for topic in TOPICS for reader in topic.consumers}
    return readers & {*postgres.SERVICES, "listener"} | {PARTNER_GROUP}


def stand_ins(world: World) -> dict[str, dict[str, str]]:
    """What a partner's own client would be given to call the stand-ins and our webhooks."""
    given = providers(world)
    return {
        "whatsapp": {
            "url": given["VINCULO_WHATSAPP_URL"],
            "phone_number_id": given["VINCULO_WHATSAPP_PHONE_NUMBER_ID"],
            "token": given["VINCULO_WHATSAPP_TOKEN"],
            "app_secret": given["VINCULO_WHATSAPP_APP_SECRET"],
            "verify_token": given["VINCULO_WHATSAPP_VERIFY_TOKEN"],
        },
        "video": {"url": given["VINCULO_VIDEO_URL"], "token": given["VINCULO_VIDEO_TOKEN"]},
    }


def public_part(jwk: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name != "d"}


def services(world: World) -> dict[str, dict[str, str]]:
    found = {}
    for process in PROCESSES:
        if process.serves and world.wants(process.group):
            url = world.url(process.port)
            name = process.name.removesuffix(".app")
            told = {} if name in FOR_PEOPLE else {"openapi": f"{url}/openapi.json"}
            found[name] = {"url": url} | told
    return found


def metrics(world: World) -> dict[str, str]:
    """Where each worker tells its figures; what serves HTTP tells them beside its API."""
    return {
        process.name: f"{world.url(process.port)}/metrics"
        for process in PROCESSES
        if not process.serves and world.wants(process.group)
    }


def clocks(world: World) -> dict[str, str]:
    """Where each background process tells how far it followed a tenant's clock."""
    return {
        process.name: f"{world.url(process.port)}/clock"
        for process in PROCESSES
        if not process.serves and "VINCULO_KAFKA_SERVERS" in process.variables
        if world.wants(process.group)
    }


def databases(world: World) -> dict[str, dict[str, str]]:
    found = {
        database: {role: postgres.dsn(world, database, role) for role in roles}
        for database, roles in postgres.ROLES.items()
    }
    return {**found, "admin": {"admin": postgres.admin_dsn(world)}}
