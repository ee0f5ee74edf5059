"""Runs commands one after the other, each with its time, and fails if any failed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.paths import ROOT


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def run(steps: list[Step]) -> int:
    """Runs all, even after a failure, and ends with one line for each; 1 if any failed."""
    results = [(step.name, *carry_out(step)) for step in steps]
    print()
    for name, code, seconds in results:
        print(f"{'ok   ' if code == 0 else 'FALHA'} {seconds:7.1f} s  {name}")
    return int(any(code for _, code, _ in results))


def carry_out(step: Step) -> tuple[int, float]:
    print(f"\n== {step.name}", flush=True)
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env={**os.environ, **step.env},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode, time.monotonic() - began


@contextmanager
def beside(step: Step, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs one while another is carried out; at the end waits for it and tells all it said."""
    print(f"\n== {step.name}, ao mesmo tempo", flush=True)
    with log.open("wb") as out:
        running = subprocess.Popen(
            step.command,
            cwd=ROOT,
            env={**os.environ, **step.env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield running
            running.wait()
        finally:
            if running.poll() is None:
                running.terminate()
                running.wait()
    print(f"\n== {step.name}\n{log.read_text(errors='replace')}", flush=True)
