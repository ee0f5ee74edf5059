"""`python -m deploy.local.compose_env > .env`: secrets for docker-compose.yml, drawn once."""

import json
import os
import sys
from pathlib import Path

from deploy.local.oidc import redirect
from deploy.local.paths import run_folder
from deploy.local.people import people
from deploy.local.postgres import ROLES
from deploy.local.processes import CLIENTS, SIGN_IN
from deploy.local.seal import seal
from deploy.local.vault import Vault

IMAGE_USER = 10001
CONSOLE_URL = "http://localhost:8008"
"""Where the compose file opens the console to browsers."""


def variables(vault: Vault, certificate_password: str) -> dict[str, str]:
    """Every variable that the compose file asks for."""
    databases = {
        f"{database}_{role}".upper() + "_PASSWORD": vault.password(f"{database}_{role}")
        for database, roles in ROLES.items()
        for role in roles
    }
    clients = {name: vault.password(f"client_{name}") for name in (*CLIENTS, SIGN_IN)}
    console_url = os.environ.get("VINCULO_CONSOLE_URL", CONSOLE_URL)
    return {
        "VINCULO_USER": f"{user()}:{user()}",
        "POSTGRES_PASSWORD": vault.password("postgres_admin"),
        "TEMPORAL_PASSWORD": vault.password("temporal"),
        "KEYCLOAK_PASSWORD": vault.password("keycloak"),
        "KEYCLOAK_ADMIN_PASSWORD": vault.password("keycloak_admin"),
        "GRAFANA_ADMIN_PASSWORD": vault.password("grafana_admin"),
        "KAFKA_CLUSTER_ID": vault.cluster(),
        **databases,
        **{f"CLIENT_{name.upper()}_PASSWORD": secret for name, secret in clients.items()},
        "VINCULO_ISSUER_CLIENTS": json.dumps(clients),
        "VINCULO_ISSUER_REDIRECTS": json.dumps({SIGN_IN: [redirect(console_url)]}),
        "VINCULO_ISSUER_PEOPLE": json.dumps(people(), ensure_ascii=False),
        "VINCULO_CONSOLE_URL": console_url,
        "VINCULO_OPERATORS": os.environ.get("VINCULO_OPERATORS", "{}"),
        "VINCULO_INDEX_KEY": vault.key("index_key"),
        "VINCULO_PAYLOAD_KEY": vault.key("payload_key"),
        "VINCULO_ERP_PRIVATE_JWK": json.dumps(vault.partner_key()),
        "VINCULO_WHATSAPP_TOKEN": vault.password("whatsapp_token"),
        "VINCULO_WHATSAPP_APP_SECRET": vault.password("whatsapp_app_secret"),
        "VINCULO_WHATSAPP_VERIFY_TOKEN": vault.password("whatsapp_verify_token"),
        "VINCULO_VIDEO_TOKEN": vault.password("video_token"),
        "SEAL_PASSWORD": certificate_password,
    }


def user() -> int:
    """Who runs the containers: us, or the image's own user where we are root."""
    return os.geteuid() or IMAGE_USER


def hand_over(folder: Path) -> None:
    """The containers read the key files as their own user."""
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, IMAGE_USER, IMAGE_USER)


def main() -> None:
    folder = run_folder() / "compose"
    vault = Vault(folder)
    vault.issuer_key_file()
    vault.kek_file()
    _, password = seal(folder / "secrets" / "seal.p12", vault)
    hand_over(folder / "secrets")
    for name, value in variables(vault, password).items():
        # Single quotes: compose must not look for variables inside.
        sys.stdout.write(f"{name}='{value}'\n")


if __name__ == "__main__":
    main()
