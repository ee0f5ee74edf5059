"""`python -m kit.rewrap`: every person's key under the current key of keys, while all runs.

Before it, the new key stands first in the file that every process reads, the old one behind it.
The old one may leave the file when this has ended.
"""

import asyncio
import sys
from pathlib import Path

from kit.crypto import KekFile
from kit.db import connect
from kit.keyring import Eraser
from kit.settings import Settings


async def rewrap(settings: Settings) -> int:
    """How many keys were wrapped again; safe to repeat."""
    engine = connect(settings.keyring_eraser_url, 1)
    try:
        return await Eraser(engine).rewrap(KekFile(Path(settings.kek_file))())
    finally:
        await engine.dispose()


if __name__ == "__main__":
    count = asyncio.run(rewrap(Settings()))
    sys.stdout.write(f"{count} keys were wrapped again\n")
