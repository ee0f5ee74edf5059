"""Tasks for the bench of the inbox: three operators, forty queues of unequal size, all states."""

import asyncpg

from services.worklist.usecases.tasks import NO_TENANT

TENANTS = {1: 0.6, 2: 0.3, 3: 0.1}
"""Operator → its share of the tasks."""
QUEUES, PEOPLE = 40, 200
SKILL = "ds.analyse"
_TASKS = """
insert into task (
    tenant_id, id, subject_id, person_id, reference, queue, queue_version, form, skill, priority,
    barred, opened_at, due_at, given_due, waiting_since, owner, owner_name, claimed_at,
    snoozed_until, until_answered, rungs, escalated, settled_at, outcome, version, changed_at
)
select
    $1, 'task-' || n, 'subject-' || n, 'person-' || n % ($2::int / 2 + 1),
    'DS-' || lpad(n::text, 8, '0'),
    'queue.' || floor($4::int * power(luck[1], 3))::int,
    0,
    (array['analysis', 'audit', 'negotiation', 'respondent'])[1 + floor(4 * luck[2] ^ 2)::int],
    $6,
    floor(4 * luck[3])::int,
    '{}', now.at, now.at + (luck[4] * 60 - 20) * interval '1 day', true,
    case when luck[5] < 0.08 then now.at end,
    case when luck[6] < 0.02 then 'person.' || floor($5::int * luck[7])::int end, '',
    case when luck[6] < 0.02 then now.at end,
    case when luck[8] < 0.03 then now.at + interval '3 days' end, false,
    '{}', case when luck[9] < 0.01 then 1 else 0 end,
    case when luck[10] < 0.3 then now.at - luck[4] * interval '30 days' end,
    case when luck[10] < 0.3 then 'done' end,
    1, now.at
from generate_series(1, $2::int) n,
    (select $3::timestamptz) as now(at),
    lateral (select array_agg(random()) from generate_series(1, 10) where n = n) as l(luck)
"""
_LINES = """
insert into line (tenant_id, queue, skill) select distinct tenant_id, queue, skill from task
"""


async def fill(dsn: str, number: int) -> dict[int, int]:
    """So many tasks in all; how many each operator has."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select setseed(0.42)")
        now = await connection.fetchval("select now()")
        shares = {tenant: int(number * share) for tenant, share in TENANTS.items()}
        for tenant, share in shares.items():
            told = (tenant, share, now, QUEUES, PEOPLE, SKILL)
            await connection.execute(_TASKS, *told, timeout=3600)
        await connection.execute(_LINES)
        lanes = [(NO_TENANT, tenant) for tenant in TENANTS]
        await connection.executemany("insert into lane values ($1, $2)", lanes)
        await connection.execute("vacuum analyze", timeout=3600)
        return shares
    finally:
        await connection.close()
