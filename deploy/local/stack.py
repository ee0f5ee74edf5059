"""The stack of one run folder from Python: up, down, describe, hold, release.

    from deploy.local.stack import describe, down, up

`run` is the run folder; without it VINCULO_RUN or .run. `up` is idempotent and safe to call from
several processes at once: a healthy stack that was asked for the same way is reused.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from deploy.local import status
from deploy.local.paths import ROOT, read_json, run_folder, write_json
from deploy.local.wishes import wishes

UP_SECONDS = 600.0
DOWN_SECONDS = 300.0
POLL_SECONDS = 0.05
MADE = ("data", "logs", "spans", "secrets")
MADE_FILES = ("secrets.json", "stack.json", "state.json", "held.json")

type Tell = Callable[[str], None]


class NotUp(Exception):
    """The stack did not come up, or there is none."""


def quiet(_line: str) -> None:
    """Tells nobody."""


def up(run: str | Path | None = None, tell: Tell = quiet) -> dict[str, Any]:
    """Starts the stack, or finds it healthy, and describes it. NotUp with the reason if not."""
    folder = run_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        state = status.read(folder)
        if status.alive(state) and (state["failed"] or state["asked"] != wishes()):
            stop(folder)
        if not status.alive(status.read(folder)):
            launch(folder)
        wait_ready(folder, tell)
    return describe(folder)


def down(run: str | Path | None = None) -> bool:
    """Stops the stack and keeps its data; whether there was one."""
    folder = run_folder(run)
    if not folder.exists():
        return False
    with alone(folder):
        return stop(folder)


def reset(run: str | Path | None = None) -> None:
    """Stops the stack and forgets all but its ports."""
    folder = run_folder(run)
    down(folder)
    for name in MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in MADE_FILES:
        (folder / name).unlink(missing_ok=True)


def describe(run: str | Path | None = None) -> dict[str, Any]:
    """What stack.json says of a stack that runs. NotUp when none does."""
    folder = run_folder(run)
    if not status.alive(status.read(folder)):
        raise NotUp("Não há pilha no ar: rode make up.")
    found = read_json(folder / "stack.json")
    if not found:
        raise NotUp("A pilha ainda está subindo.")
    return found


def hold(name: str, run: str | Path | None = None) -> None:
    """Stops one program and keeps it stopped until released (an outage on purpose)."""
    change_held(run_folder(run), {name}, held=True)


def release(name: str, run: str | Path | None = None) -> None:
    """Lets a held program run again and waits until it serves."""
    change_held(run_folder(run), {name}, held=False)


def release_all(names: Iterable[str], run: str | Path | None = None) -> None:
    """Lets several run again at once: a cluster serves only with its majority."""
    change_held(run_folder(run), set(names), held=False)


def change_held(folder: Path, named: set[str], *, held: bool) -> None:
    with alone(folder):
        state = status.read(folder)
        known = {row.name for row in status.processes(folder)}
        if not status.alive(state) or not named <= known:
            raise NotUp(f"Não há processo {', '.join(sorted(named - known))} no ar.")
        names = set(read_json(folder / "held.json").get("names", []))
        names = names | named if held else names - named
        write_json(folder / "held.json", {"names": sorted(names)})
        os.kill(int(state["supervisor"]), signal.SIGUSR1)
        wait(lambda: all(obeyed(r, held) for r in status.processes(folder) if r.name in named))


def obeyed(row: status.Status, held: bool) -> bool:
    return row.held and row.pid is None if held else row.ready


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One command at a time per run folder; the kernel frees the lock of a dead one."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def launch(folder: Path) -> None:
    """Starts a supervisor that outlives this command."""
    clear_leftovers(folder)
    (folder / "state.json").unlink(missing_ok=True)
    (folder / "stack.json").unlink(missing_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    with (folder / "logs" / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.supervisor"],
            cwd=ROOT,
            env={**os.environ, "VINCULO_RUN": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    wait(lambda: supervisor.poll() is not None or bool(status.read(folder)))
    if supervisor.poll() is not None and not status.read(folder):
        raise NotUp(f"O supervisor não iniciou; veja {folder / 'logs' / 'supervisor.log'}.")


def clear_leftovers(folder: Path) -> None:
    """Ends what a killed supervisor left running, so that nothing runs twice."""
    pids = [row.pid for row in status.processes(folder) if row.pid is not None]
    left = [found for pid in pids if (found := leftover(pid, folder)) is not None]
    for process in left:
        with suppress(psutil.Error):
            # Postgres takes SIGINT as a fast stop, the others as any order to stop.
            process.send_signal(signal.SIGINT)
    _, stubborn = psutil.wait_procs(left, timeout=20)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=10)


def leftover(pid: int, folder: Path) -> psutil.Process | None:
    """The process, if it is one of ours and not another that got the same pid."""
    try:
        process = psutil.Process(pid)
        told = (folder / "state.json").stat().st_mtime
        ours = process.cwd() in (str(ROOT), str(folder / "data" / "postgres"))
        return process if ours and process.create_time() <= told + 1 else None
    except (psutil.Error, OSError):
        return None


def wait_ready(folder: Path, tell: Tell) -> None:
    """Until all serve, telling each step and each program as it becomes ready."""
    told: set[str] = set()
    began = time.monotonic()
    while time.monotonic() - began < UP_SECONDS:
        state = status.read(folder)
        for line in news(state):
            if line not in told:
                told.add(line)
                tell(f"{time.monotonic() - began:6.1f} s  {line}")
        if state["ready"]:
            return
        if state["failed"] or not status.alive(state):
            raise NotUp(state["failed"] or "O supervisor morreu durante a subida.")
        time.sleep(POLL_SECONDS)
    raise NotUp("A pilha não subiu a tempo.")


def news(state: dict[str, Any]) -> list[str]:
    lines = [f"{row['name']} pronto" for row in state["processes"] or [] if row["ready"]]
    return [state["doing"], *lines] if state["doing"] else lines


def stop(folder: Path) -> bool:
    state = status.read(folder)
    if not status.alive(state):
        clear_leftovers(folder)
        return False
    os.kill(int(state["supervisor"]), signal.SIGTERM)
    wait(lambda: not status.alive(state), DOWN_SECONDS)
    return True


def wait(done: Callable[[], bool], seconds: float = DOWN_SECONDS) -> None:
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > seconds:
            raise NotUp("A pilha não respondeu a tempo.")
        time.sleep(POLL_SECONDS)
