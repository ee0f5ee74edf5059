"""Commands of the project as people give them, in this checkout or in another."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from deploy.story.report import Report

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


async def run(*words: str, cwd: Path = ROOT, **given: str) -> Done:
    """To its end."""
    process = await asyncio.create_subprocess_exec(
        *words, cwd=cwd, env=os.environ | given, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode().strip(), err.decode().strip())


async def module(name: str, *arguments: str, cwd: Path = ROOT, **given: str) -> Done:
    """One of the project's own, by the interpreter of this checkout."""
    return await run(sys.executable, "-m", name, *arguments, cwd=cwd, **given)


async def carried_out(report: Report, name: str, *arguments: str, **given: str) -> None:
    """The same, told line by line; RuntimeError where it fails."""
    done = await module(name, *arguments, **given)
    for line in done.out.splitlines():
        report.line(line)
    if done.code:
        raise RuntimeError(f"{name}: {done.err}")
