"""`python -m deploy.local <command>`: what the Makefile's quick targets call.

Imports little: a command on a stack that is up answers at once.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from deploy.local import stack, status, table
from deploy.local.paths import run_folder


def say(line: str) -> None:
    print(line, flush=True)


def up() -> int:
    found = stack.up(tell=say)
    for name, service in found["services"].items():
        say(f"{name:20} {service['url']}{'' if name.startswith('console') else '/docs'}")
    say(f"{'tudo o mais':20} {run_folder() / 'stack.json'}")
    return 0


def down() -> int:
    say("parado; os dados ficam." if stack.down() else "não havia pilha no ar.")
    return 0


def reset() -> int:
    stack.reset()
    say("parado; os dados foram apagados.")
    return 0


def show() -> int:
    """0 when all is up, 3 when not: a script can ask."""
    state = status.read(run_folder())
    if not status.alive(state):
        say("não há pilha no ar: rode make up.")
        return 3
    for line in table.lines(state):
        say(line)
    return 0 if state["ready"] and all(row["ready"] for row in state["processes"]) else 3


def logs() -> int:
    """Follows the log of one process, or of all."""
    folder = run_folder() / "logs"
    wanted = os.environ.get("P", "")
    files = sorted(str(path) for path in folder.glob(f"{wanted or '*'}.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log")))
        say(f"não há registro de {wanted or 'nenhum processo'}; há: {known or 'nenhum'}.")
        return 1
    lines = os.environ.get("LINES", "40")
    follow = ["-F"] if sys.stdout.isatty() else []
    return subprocess.run(["tail", "-n", lines, *follow, *files], check=False).returncode


def restart() -> int:
    """Ends one process; the supervisor starts it again, with the code as it is now."""
    wanted = os.environ.get("P", "")
    for row in status.processes(run_folder()):
        if row.name == wanted and row.pid is not None:
            os.kill(row.pid, signal.SIGINT if wanted == "postgres" else signal.SIGTERM)
            say(f"{wanted} recomeça.")
            return 0
    say(f"não há processo {wanted or '(diga P=nome)'} no ar.")
    return 1


COMMANDS: dict[str, Callable[[], int]] = {
    "up": up,
    "down": down,
    "reset": reset,
    "status": show,
    "logs": logs,
    "restart": restart,
}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if command is None:
        say(f"uso: python -m deploy.local {'|'.join(COMMANDS)}")
        return 2
    try:
        return command()
    except stack.NotUp as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
