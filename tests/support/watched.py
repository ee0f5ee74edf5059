"""What the rooms of whoever watches over the others have to show: trails, parked keys, doubts."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.support.api import Served
from tests.support.console import World
from tests.support.registry_data import line

PARK = """
    insert into parked (tenant_id, event_id, topic, key, type, payload, error, parked_at)
    values ($1, $2, $3, $4, 'health_declaration.contact.requested.v1', 'x', $5,
        now() - interval '2 hours')
"""
TOPIC = "health_declaration.contacts"


async def exported(console: World, tenant: int, sub: str = "diana") -> str:
    """A person whose data somebody took out of the registry."""
    person_id = await console.person(tenant)
    headers = console.registry.as_(tenant, "dpo", sub=sub)
    answer = await console.registry.http.get(f"/people/{person_id}/export", headers=headers)
    assert answer.is_success, answer.text
    return person_id


async def handed_over(console: World, tenant: int, reason: str) -> str:
    """A task given to a colleague for a reason that was typed."""
    task_id = await console.task(tenant, await console.person(tenant))
    await console.colleagues(tenant, "ana", "alba")
    headers = console.worklist.as_(tenant, "supervisor", "analyst", sub="sonia")
    body = {"version": 1, "to": "alba", "reason": reason}
    path = f"/tasks/{task_id}/hand-over"
    answer = await console.worklist.http.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return task_id


async def parked(served: Served, tenant: int, key: str, error: str | None = "ValueError") -> None:
    await served.rows(PARK, tenant, str(uuid4()), TOPIC, key, error)


async def unsent(console: World, tenant: int) -> str:
    """A fact of the registry that the broker refuses."""
    person_id = await console.person(tenant)
    query = "update outbox set parked_at = now() where tenant_id = $1"
    await console.registry.rows(query, tenant)
    return person_id


async def in_doubt(console: World, tenant: int, person_id: str, status: str = "unknown") -> str:
    """A message that left, or did not."""
    contact_id, now = str(uuid4()), datetime.now(UTC)
    contact = {
        "tenant_id": tenant,
        "id": contact_id,
        "person_id": person_id,
        "template": "ds.link",
        "template_version": 1,
        "status": status,
        "requested_at": now,
    }
    await inserted(console.contact, "contact", contact)
    attempt = {
        "tenant_id": tenant,
        "id": str(uuid4()),
        "contact_id": contact_id,
        "seq": 1,
        "channel": "email",
        "status": status,
        "at": now,
    }
    await inserted(console.contact, "attempt", attempt)
    return contact_id


async def inserted(served: Served, table: str, row: dict[str, Any]) -> None:
    """A row as it was left there; columns that must be filled get something."""
    query = "select column_name, data_type from information_schema.columns where table_name = $1"
    needed = f"{query} and is_nullable = 'NO' and column_default is null"
    blank = {"boolean": False, "integer": 0, "ARRAY": []}
    for column in await served.rows(needed, table):
        row.setdefault(column["column_name"], blank.get(column["data_type"], "x"))
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    insert = f"insert into {table} ({', '.join(row)}) values ({places})"  # noqa: S608
    await served.rows(insert, *row.values())


async def refused_lines(console: World, tenant: int) -> None:
    """A file of which no line could be taken."""
    bad = json.dumps(line(1, sequence=0)) + "\n{não é json"
    headers = console.registry.as_(tenant, "integration") | {"Content-Type": "application/x-ndjson"}
    sent = await console.registry.http.post("/enrolment-files", content=bad, headers=headers)
    assert sent.json()["rejected"] == 2, sent.text


async def busy(console: World) -> int:
    """An operator in whose rooms something stands in every part."""
    tenant = console.tenant()
    await handed_over(console, tenant, "Ela conhece este caso")
    for _ in range(30):
        await exported(console, tenant)
    for number in range(30):
        await parked(console.contact, tenant, f"k-{number}")
    person_id = await unsent(console, tenant)
    for status in ("unknown", "failed"):
        await in_doubt(console, tenant, person_id, status)
    await refused_lines(console, tenant)
    return tenant
