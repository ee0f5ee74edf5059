"""A rolling update: what the last landed commit left open is taken over by this one.

The old code fills a stack of its own and stops. This one migrates the databases and starts, and
the old one's workers, listener and consumers start again beside it, on the same queues and groups.
"""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import Process
from collections import Counter

import asyncpg
from temporalio.client import Client

from tests.drills import commands
from tests.drills.commands import ROOT, carried_out
from tests.drills.crowd import Drill

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


async def prepare() -> None:
    """The former code beside ours, and its own stack, which is the one that the drill opens."""
    os.environ["VINCULO_RUN"] = str(HERE)
    shutil.rmtree(BEFORE, ignore_errors=True)
    await git("worktree", "prune")
    await git("worktree", "add", "--force", "--detach", str(BEFORE), await former())
    for folder in (".venv", ".tools"):
        (BEFORE / folder).symlink_to(ROOT / folder)
    await old("-m", "deploy.local", "reset")
    await old("-m", "deploy.local", "up")


async def former() -> str:
    """BEFORE=, else the commit that was landed last, else the one before ours."""
    if named := os.environ.get("BEFORE"):
        return named
    ours = await git("rev-parse", "HEAD")
    for branch in ("origin/main", "main"):
        found = await commands.run("git", "merge-base", "HEAD", branch)
        if not found.code and found.out != ours:
            return found.out
    return await git("rev-parse", "HEAD~")


async def git(*arguments: str) -> str:
    """One command of git in this checkout."""
    return said(await commands.run("git", *arguments))


async def old(*arguments: str) -> str:
    """A command of the former code, on the same run folder."""
    return said(await commands.run(sys.executable, *arguments, cwd=BEFORE))


def said(done: commands.Done) -> str:
    """What it said; RuntimeError where it failed."""
    if done.code:
        raise RuntimeError(done.err or done.out)
    return done.out


async def run(drill: Drill, each: int) -> None:
    """Everybody waits in the old code's hands, and goes on in those of both."""
    drill.report.say(f"antes: {await git('log', '-1', '--format=%h %s', await former())}")
    await drill.waiting(each)
    before = await rules(drill)
    await drill.crowd.suspend()
    await old("-m", "deploy.local", "down")
    await carried_out(drill.report, "deploy.local", "up")
    told = [json.loads(line) for line in (await old("-c", TOLD, *OLD)).splitlines()]
    side = [await started(*one) for one in told]
    drill.report.say(f"ao lado: {', '.join(OLD)}, do código de antes")
    try:
        await drill.crowd.recover()
        await drill.ended()
        gone = [
            name for (name, *_), one in zip(told, side, strict=True) if one.returncode is not None
        ]
        drill.report.check("o código de antes trabalhou até o fim", gone)
        worked = await hands(drill, {one.pid for one in side})
        idle = {"antes", "agora"} - worked.keys()
        drill.report.check("ambos deram passos de processos", idle, str(dict(worked)))
        after = await rules(drill)
        drill.report.check("cada caso acabou pelas regras com que começou", before ^ after)
    finally:
        for one in side:
            if one.returncode is None:
                one.terminate()
        await asyncio.gather(*(one.wait() for one in side))
        await git("worktree", "remove", "--force", str(BEFORE))


async def started(name: str, words: list[str], env: dict[str, str]) -> Process:
    """A process of the former code, with the addresses and secrets of the stack as it is now."""
    with (HERE / "logs" / f"before.{name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *words, cwd=BEFORE, env=env, stdout=log, stderr=log
        )


async def rules(drill: Drill) -> set[tuple[str, str]]:
    """By which version of the rules each case is judged."""
    connection = await asyncpg.connect(drill.stack.told["postgres"]["health_declaration"]["owner"])
    try:
        return {(row[0], row[1]) for row in await connection.fetch(RULES, drill.crowd.tenant)}
    finally:
        await connection.close()


async def hands(drill: Drill, theirs: set[int]) -> Counter[str]:
    """How many steps of processes each code took side by side, by who told Temporal of them."""
    told = drill.stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    found: Counter[str] = Counter()
    ours = drill.stack.pids["workflows.health_declaration"]
    for case in drill.before:
        handle = client.get_workflow_handle(f"health_declaration/{drill.crowd.tenant}/{case}")
        async for event in handle.fetch_history_events():
            identity = event.workflow_task_completed_event_attributes.identity
            pid = int(identity.partition("@")[0] or 0)
            if pid in theirs or pid == ours:
                found["agora" if pid == ours else "antes"] += 1
    return found
