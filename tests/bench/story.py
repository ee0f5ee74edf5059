"""The stack on which benches have a story told."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deploy.local import stack
from deploy.local.paths import run_folder

OWN_RUN = ".run/bench/stack"


def tell() -> None:
    """A small story on the stack that VINCULO_RUN names, to its last check.

    What its checks find is for `make demo` to fail on: what was asked and waited for is measured.
    """
    small = os.environ | {"STORY": os.environ.get("STORY", "small")}
    subprocess.run([sys.executable, "-m", "deploy.story"], check=False, env=small)
    told = run_folder() / "story" / "last"
    assert told.exists(), "the story was not told to its end"


@contextmanager
def told_stack() -> Iterator[dict[str, Any]]:
    """That of VINCULO_RUN or the benches' own, with a story; stopped again unless it was up."""
    run = os.environ.setdefault("VINCULO_RUN", OWN_RUN)
    try:
        stack.describe(run)
        found = True
    except stack.NotUp:
        found = False
    told = stack.up(run)
    try:
        if not (run_folder(run) / "story" / "last").exists():
            tell()
        yield told
    finally:
        if not found:
            stack.down(run)
