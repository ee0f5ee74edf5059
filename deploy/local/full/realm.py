"""What the realm of this machine has beyond the realm file: addresses, people, a drills' client."""

import httpx

from deploy.identity import Keycloak
from deploy.local import oidc
from deploy.local.people import people
from deploy.local.processes import SIGN_IN
from deploy.local.world import World

DRILLS_SECONDS = 10 * 3600
"""How long the drills' tokens live: longer than any story or test run."""


async def seed(world: World) -> None:
    """What this machine alone needs: its addresses, its people, the client that drills use."""
    async with httpx.AsyncClient(timeout=60) as http:
        realm = Keycloak(oidc.told(world), http)
        # The realm file speaks at the first start only; ports may have been drawn again since.
        await change_client(
            realm, SIGN_IN, {"redirectUris": [oidc.redirect(world.url("console.app"))]}
        )
        await make_drills(realm, world.vault.password(f"client_{oidc.DRILLS}"))
        await realm.enrol(people())


async def change_client(realm: Keycloak, name: str, changes: dict[str, object]) -> None:
    (found,) = (await realm.administer("GET", f"/clients?clientId={name}")).json()
    await realm.administer("PUT", f"/clients/{found['id']}", found | changes)


async def make_drills(realm: Keycloak, secret: str) -> None:
    if (await realm.administer("GET", f"/clients?clientId={oidc.DRILLS}")).json():
        return
    wanted = {
        "clientId": oidc.DRILLS,
        "secret": secret,
        "publicClient": False,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": True,
        "attributes": {"access.token.lifespan": str(DRILLS_SECONDS)},
    }
    await realm.administer("POST", "/clients", wanted)
