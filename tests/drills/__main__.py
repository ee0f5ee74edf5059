"""`python -m tests.drills bus|restore|update`: a disaster on purpose; everybody goes on after it.

EACH= people for every state in which a process waits (50). On the stack of VINCULO_RUN, or of .run;
`update` makes a stack of its own, of the commit BEFORE= (the last one of origin, or HEAD~).
"""

import asyncio
import os
import signal
import sys
from importlib import import_module

from tests.drills.crowd import drill

DRILLS = ("bus", "restore", "update")
EACH = 50


async def run(name: str, each: int) -> int:
    """0 when every check held."""
    module = import_module(f"tests.drills.{name}")
    async with drill(each, int(os.environ.get("SEED", "0"))) as made:
        await module.run(made, each)
        failed = ", ".join(made.report.failed)
        made.report.title(f"FALHOU: {failed}" if failed else "Tudo conferido.")
    return int(bool(failed))


def main() -> int:
    """The command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in DRILLS:
        sys.stderr.write(f"uso: python -m tests.drills {'|'.join(DRILLS)}\n")
        return 2
    # Told to stop, it still ends what it started beside the stack.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    prepare = getattr(import_module(f"tests.drills.{name}"), "prepare", None)
    if prepare is not None:
        asyncio.run(prepare())
    return asyncio.run(run(name, int(os.environ.get("EACH", EACH))))


if __name__ == "__main__":
    sys.exit(main())
