"""Who signs tokens in one stack, where, and what its administrators and its people are given."""

from typing import Any

from deploy.local.processes import CLIENTS, SIGN_IN
from deploy.local.world import World

REALM = "vinculo"
AUDIENCE = "vinculo"
ADMIN = "vinculo-admin"
"""The login by which this stack administers Keycloak."""
DRILLS = "drills"
"""A client of this machine's Keycloak alone: it gives a person's token for a password, as drivers
and tests need it. The realm file, which production imports, has none such."""


def issuer(world: World) -> str:
    if world.full:
        return f"{world.url('keycloak')}/realms/{REALM}"
    return f"{world.url('sandbox.app')}/issuer"


def jwks(world: World) -> str:
    return f"{issuer(world)}/{'protocol/openid-connect/certs' if world.full else 'jwks'}"


def token(world: World) -> str:
    return f"{issuer(world)}/{'protocol/openid-connect/token' if world.full else 'token'}"


def clients(world: World) -> dict[str, str]:
    """Client id → secret of the processes that ask the issuer for a token."""
    return {client: world.vault.password(f"client_{client}") for client in CLIENTS}


def signing_in(world: World) -> dict[str, str]:
    """The client through which people sign in, likewise."""
    return {SIGN_IN: world.vault.password(f"client_{SIGN_IN}")}


def redirect(console_url: str) -> str:
    """Where the issuer sends browsers back to."""
    return f"{console_url}/entrar/volta"


def told(world: World) -> dict[str, Any]:
    """What stack.json says of it."""
    found = {
        "issuer": issuer(world),
        "jwks": jwks(world),
        "token": token(world),
        "audience": AUDIENCE,
        "clients": clients(world),
    }
    return found | {"keycloak": keycloak(world)} if world.full else found


def keycloak(world: World) -> dict[str, Any]:
    """Its administration, and the password that everybody made up on this machine has."""
    base = world.url("keycloak")
    return {
        "admin": f"{base}/admin/realms/{REALM}",
        "admin_token": f"{base}/realms/master/protocol/openid-connect/token",
        "admin_client": {"id": ADMIN, "secret": world.vault.password("keycloak_admin")},
        "drills_client": {"id": DRILLS, "secret": world.vault.password(f"client_{DRILLS}")},
        "password": world.vault.password("people"),
    }
