"""Where copies lie: data, the keyring's apart from it, and the secrets apart from both."""

import os
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.full.databases import DATABASES
from deploy.local.postgres import SERVICES
from deploy.local.world import World

KEYRING = "keyring"
MANIFEST = "manifest.json"
TEMPORAL_FILE = "temporal.db"


def backups(run: Path) -> Path:
    """VINCULO_BACKUPS, or a folder of the stack that a reset leaves alone."""
    return Path(os.environ.get("VINCULO_BACKUPS") or run / "backups")


def new_name() -> str:
    """A name by the moment, so that names sort as the copies were made."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def keyrings(home: Path) -> Path:
    """The keyring's copies, and the list of keys that were destroyed: elsewhere, in production."""
    return home / "keyring"


def secrets(home: Path) -> Path:
    """Stands for production's store of secrets, which keeps its own copies."""
    return home / "secrets"


def before_services(world: World) -> list[str]:
    """What may be older than the services' data and never newer: histories, people's logins.

    A process older than its case hears again what it missed; one that is ahead of it would not.
    """
    return list(DATABASES) if world.full else []


def services() -> list[str]:
    """Databases that one cut goes through."""
    return list(SERVICES)
