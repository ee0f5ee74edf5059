"""Remembers beside the databases with which code they were migrated, to start sooner."""

import hashlib
from pathlib import Path

from deploy.local.paths import ROOT
from deploy.local.world import World

CODE = ("contracts", "kit", "services")


def digest() -> str:
    """Of every source that migrations could depend on; any change migrates again."""
    total = hashlib.sha256()
    for path in sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def stamp(world: World) -> Path:
    return world.run / "data" / "migrated"


def wanted(world: World) -> str:
    return f"{digest()} {','.join(sorted(world.only))}"


def up_to_date(world: World) -> bool:
    return stamp(world).exists() and stamp(world).read_text() == wanted(world)


def remember(world: World) -> None:
    stamp(world).write_text(wanted(world))
