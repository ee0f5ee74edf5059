"""The committed lock of the full stack's own parts, and the folders that it names."""

import tomllib
from pathlib import Path

from deploy.local.paths import TOOLS

LOCK = tomllib.loads((Path(__file__).parent / "lock.toml").read_text())
TEMPORAL: dict[str, str] = LOCK["temporal"]
KEYCLOAK: dict[str, str] = LOCK["keycloak"]


def temporal_home() -> Path:
    """Programs and schemas of the locked Temporal server."""
    return TOOLS / f"temporal-{TEMPORAL['version']}"


def keycloak_home() -> Path:
    """The locked Keycloak as it unpacks itself, prepared for Postgres."""
    return TOOLS / f"keycloak-{KEYCLOAK['version']}"


def present(home: Path) -> bool:
    """Whether the part was made whole; the mark is written last."""
    return (home / ".made").is_file()
