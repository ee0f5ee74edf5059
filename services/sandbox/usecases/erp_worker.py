"""The ERP at work: what comes on `erp.cpt` is kept, decided and confirmed on `erp.acks`."""

import asyncio
from collections import defaultdict
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from kit.db import Begin
from kit.telemetry import current_traceparent, span_from
from services.sandbox.gateways import bus, jose
from services.sandbox.models import NO_TENANT
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import erp

LOOK_SECONDS = 1.0
"""How often tenants with something waiting are looked at: the ERP was down, slow or late."""


class Notus:
    """One worker of the ERP."""

    def __init__(self, settings: SandboxSettings, begin: Begin, stopping: asyncio.Event) -> None:
        self._settings = settings
        self._begin = begin
        self._stopping = stopping
        self._key = jose.load(Path(settings.erp_key_file))
        self._waiting: set[int] = set()
        """Tenants with reports not confirmed yet; at the start, all that ever had one."""
        self._traces: dict[str, str] = {}
        """Traces of reports not confirmed yet, by place; a restart forgets them, nothing more."""

    async def run(self) -> None:
        """Until told to stop; an outage ends it, to be started again."""
        try:
            await self._run()
        except ExceptionGroup as outages:
            # Whoever starts it again tells an outage from a defect by the error itself.
            raise outages.exceptions[0] from outages

    async def _run(self) -> None:
        settings = self._settings
        async with (
            bus.producing(settings) as producer,
            bus.consuming(settings) as consumer,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._receive(consumer, producer))
            group.create_task(self._look(producer))

    async def _receive(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        while not self._stopping.is_set():
            fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
            by_tenant: defaultdict[int, list[bus.Delivery]] = defaultdict(list)
            for records in fetched.values():
                for delivery in filter(None, map(bus.read, records)):
                    by_tenant[delivery.tenant_id].append(delivery)
                    if delivery.traceparent:
                        self._traces[delivery.place] = delivery.traceparent
            for tenant_id, deliveries in by_tenant.items():
                self._waiting.add(tenant_id)
                async with self._begin(tenant_id) as tx:
                    await erp.receive(tx, deliveries)
            if fetched:
                await bus.kept(consumer)
            for tenant_id in by_tenant:
                await self._work(tenant_id, producer)

    async def _look(self, producer: AIOKafkaProducer) -> None:
        async with self._begin(NO_TENANT) as tx:
            self._waiting |= set(await erp.lanes(tx))
        while not self._stopping.is_set():
            for tenant_id in sorted(self._waiting):
                # Taken out first: what comes meanwhile puts the tenant back.
                self._waiting.discard(tenant_id)
                await self._work(tenant_id, producer)
            try:
                await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    async def _work(self, tenant_id: int, producer: AIOKafkaProducer) -> None:
        async with self._begin(tenant_id) as tx:
            await erp.decide(tx, self._key, self._settings.slow_seconds)
        async with self._begin(tenant_id) as tx:
            waiting = await erp.to_confirm(tx, self._settings.late_seconds)
            for place, ack in waiting:
                await self._confirm(place, ack, producer)
            if waiting:
                await producer.flush()
                await erp.confirmed(tx, {place for place, _ in waiting})
            if await erp.any_waiting(tx):
                self._waiting.add(tenant_id)
        for place, _ in waiting:
            self._traces.pop(place, None)

    async def _confirm(self, place: str, ack: bus.Ack, producer: AIOKafkaProducer) -> None:
        with span_from(self._traces.get(place), "confirm erp.cpt"):
            key, value, headers = bus.message(ack, current_traceparent())
            await producer.send(bus.WRITTEN, value, key=key, headers=headers)
