"""A rolling update: what the last landed commit left open is taken over by this one.

The old code fills a stack of its own and stops. This one migrates the databases and starts, and
the old one's workers, listener and consumers start again beside it, on the same queues and groups.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import asyncpg
import psutil
from temporalio.client import Client

from tests.drills.crowd import Drill, carried_out

ROOT = Path(__file__).parents[2]
HERE = ROOT / ".run" / "update"
BEFORE = HERE / "before"
OLD = ("workflows.health_declaration", "workflows.cpt_end", "workflows.listener")
OLD += ("registry.worker", "health_declaration.worker", "worklist.worker", "contact.worker")
RULES = "select declaration_id, rules_version from declaration where tenant_id = $1"
TOLD = """
import json, sys
from deploy.local.environment import process_environment, program
from deploy.local.paths import run_folder
from deploy.local.processes import PROCESSES
from deploy.local.running import world_of
world = world_of(run_folder())
for one in PROCESSES:
    if one.name in sys.argv[1:]:
        env = process_environment(world, one, one.name) | {"VINCULO_HEALTH_PORT": "0"}
        print(json.dumps([one.name, program(one.command), env]))
"""


def prepare() -> None:
    """The former code beside ours, and its own stack, which is the one that the drill opens."""
    os.environ["VINCULO_RUN"] = str(HERE)
    shutil.rmtree(BEFORE, ignore_errors=True)
    git("worktree", "prune")
    git("worktree", "add", "--force", "--detach", str(BEFORE), former())
    for folder in (".venv", ".tools"):
        (BEFORE / folder).symlink_to(ROOT / folder)
    old("-m", "deploy.local", "reset")
    old("-m", "deploy.local", "up")


def former() -> str:
    """BEFORE=, else the commit that was landed last, else the one before ours."""
    if named := os.environ.get("BEFORE"):
        return named
    for branch in ("origin/main", "main"):
        found = git("merge-base", "HEAD", branch, check=False)
        if found and found != git("rev-parse", "HEAD"):
            return found
    return git("rev-parse", "HEAD~")


def git(*arguments: str, check: bool = True) -> str:
    """One command of git in this checkout."""
    done = subprocess.run(  # noqa: S603 (ours)
        ["git", *arguments],  # noqa: S607 (the reader's own)
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=check,
    )
    return done.stdout.strip()


def old(*arguments: str) -> str:
    """A command of the former code, on the same run folder."""
    python = str(ROOT / ".venv" / "bin" / "python")
    return subprocess.run(  # noqa: S603 (ours)
        [python, *arguments], cwd=BEFORE, capture_output=True, text=True, check=True
    ).stdout


async def run(drill: Drill, each: int) -> None:
    """Everybody waits in the old code's hands, and goes on in those of both."""
    drill.report.say(f"antes: {git('log', '-1', '--format=%h %s', former())}")
    await drill.waiting(each)
    before = await rules(drill)
    await drill.crowd.suspend()
    old("-m", "deploy.local", "down")
    carried_out(drill.report, "deploy.local", "up")
    side = [started(json.loads(line)) for line in old("-c", TOLD, *OLD).splitlines()]
    drill.report.say(f"ao lado: {', '.join(OLD)}, do código de antes")
    try:
        await drill.crowd.recover()
        await drill.ended()
        gone = [OLD[n] for n, one in enumerate(side) if one.poll() is not None]
        drill.report.check("o código de antes trabalhou até o fim", gone)
        worked = await hands(drill, {one.pid for one in side})
        drill.report.check(
            "ambos cuidaram de processos", [] if len(worked) > 1 else worked, str(worked)
        )
        after = await rules(drill)
        drill.report.check("cada caso acabou pelas regras com que começou", before ^ after)
    finally:
        for one in side:
            one.terminate()
        psutil.wait_procs([psutil.Process(one.pid) for one in side if one.poll() is None], 20)


def started(told: list[object]) -> "subprocess.Popen[bytes]":
    """A process of the former code, with the addresses and secrets of the stack as it is now."""
    name, command, env = told
    log = (HERE / "logs" / f"before.{name}.log").open("ab")
    return subprocess.Popen(command, cwd=BEFORE, env=env, stdout=log, stderr=log)  # noqa: S603 (ours)


async def rules(drill: Drill) -> set[tuple[str, str]]:
    """By which version of the rules each case is judged."""
    connection = await asyncpg.connect(drill.stack.told["postgres"]["health_declaration"]["owner"])
    try:
        return {(row[0], row[1]) for row in await connection.fetch(RULES, drill.crowd.tenant)}
    finally:
        await connection.close()


async def hands(drill: Drill, theirs: set[int]) -> Counter[str]:
    """How many steps of processes each code took, by who told Temporal of them."""
    told = drill.stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    found: Counter[str] = Counter()
    for case in drill.before:
        handle = client.get_workflow_handle(f"health_declaration/{drill.crowd.tenant}/{case}")
        async for event in handle.fetch_history_events():
            identity = event.workflow_task_completed_event_attributes.identity
            if identity:
                pid = int(identity.partition("@")[0])
                found["antes" if pid in theirs else "agora ou antes da parada"] += 1
    return found
