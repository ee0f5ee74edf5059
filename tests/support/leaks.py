"""Looks for words where they may not be: rows, messages, histories, in every form they may take."""

from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition
from temporalio.client import Client

from contracts.topics import TOPICS
from deploy.story.stack import Stack
from tests.support.finder import Finder

type Places = list[tuple[str, bytes]]

DATABASES = ("registry", "health_declaration", "contact", "worklist", "sandbox", "keyring")
OWN_TABLES = """
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name,
        bool_or(column_name = 'tenant_id') as by_tenant
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' group by 1 order by 1
"""


async def dumped_rows(stack: Stack, tenant: int) -> Places:
    """Every row of the tenant, and of tables that know no tenant, as the database prints it."""
    found: Places = []
    admin = str(stack.told["postgres"]["admin"]["admin"]).rpartition("/")[0]
    for database in DATABASES:
        connection = await asyncpg.connect(f"{admin}/{database}")
        try:
            for table in await connection.fetch(OWN_TABLES):
                mine = " where t.tenant_id = $1" if table["by_tenant"] else ""
                query = f"select t::text as line from {table['name']} t{mine}"  # noqa: S608
                rows = await connection.fetch(query, *([tenant] if mine else []))
                found += [(f"{database}.{table['name']}", one["line"].encode()) for one in rows]
        finally:
            await connection.close()
    return found


async def logged_messages(stack: Stack, tenant: int) -> Places:
    """Every message of the tenant that the broker still keeps: key, value and headers."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka, enable_auto_commit=False)
    await consumer.start()
    found: Places = []
    try:
        places = await parts_of(stack.kafka, *(topic.name for topic in TOPICS))
        for topic, parts in places.items():
            found += [
                (topic, b"|".join((one.key, one.value, repr(one.headers).encode())))
                for one in await messages(consumer, parts)
                if dict(one.headers).get("ce_tenantid") == str(tenant).encode()
            ]
    finally:
        await consumer.stop()
    return found


async def parts_of(servers: str, *topics: str) -> dict[str, list[TopicPartition]]:
    """Partitions by topic, as the broker tells: a consumer knows those of its own topics only."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return {
        one["topic"]: [
            TopicPartition(one["topic"], part["partition"]) for part in one["partitions"]
        ]
        for one in described
    }


async def messages(consumer: AIOKafkaConsumer, parts: list[TopicPartition]) -> list[Any]:
    """All that these partitions hold now."""
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    ends = await consumer.end_offsets(parts)
    found: list[Any] = []
    while any([await consumer.position(part) < ends[part] for part in parts]):
        fetched = await consumer.getmany(timeout_ms=1000)
        found += [record for records in fetched.values() for record in records]
    return found


async def history(stack: Stack, process_id: str) -> Places:
    """All that Temporal keeps of a process."""
    told = stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    handle = client.get_workflow_handle(process_id)
    events = [event async for event in handle.fetch_history_events()]
    return [("temporal", event.SerializeToString()) for event in events]


def holding(places: Places, words: list[str]) -> dict[str, set[str]]:
    """Where each word was found, in any of its forms."""
    finder = Finder(words)
    found: dict[str, set[str]] = {}
    for place, content in places:
        for hit in finder.search(content):
            found.setdefault(hit.word, set()).add(place)
    return found
