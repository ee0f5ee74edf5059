"""What must hold does on a stack at work; `make invariants` ends with 1 where it does not."""

import os
import subprocess
import sys

import asyncpg

from deploy.story.stack import open_stack

PLANT = """
    insert into outbox (tenant_id, id, topic, type, key, payload, occurred_at, published_at)
    values (1, 'planted', 'registry.events', 'x.y.z.v1', 'k', '{}', now(), now() - interval '1 h')
"""
MEND = "delete from outbox where id = 'planted'"


def asked() -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.invariants"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    return done.returncode, done.stdout + done.stderr


async def planted(statement: str) -> None:
    connection = await asyncpg.connect(str(open_stack().told["postgres"]["registry"]["owner"]))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_all_holds_until_a_row_is_marked_that_was_never_sent() -> None:
    code, said = asked()
    assert (code, "vale tudo" in said) == (0, True), said
    await planted(PLANT)
    try:
        code, said = asked()
    finally:
        await planted(MEND)
    assert code == 1
    assert "look.registry.facts_out" in said
    assert "facts_out: 1" in said
