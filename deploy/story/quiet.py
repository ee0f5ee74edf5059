"""When is the stack quiet? Told from outside: clocks, outboxes, lags, terms, contacts, the ERP."""

from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.story.http import Client, Refused, Wire
from deploy.story.world import World

SERVICES = ("registry", "health_declaration", "contact", "worklist", "sandbox")
UNPUBLISHED = "select count(*) from outbox where tenant_id = $1 and published_at is null"


ASKS = 6
"""Times the number of a service's processes: the rest is asked the next time round."""


def instances(service: str, running: Iterable[str]) -> set[str]:
    """The processes that answer for a service, among those that run."""
    name = f"{service}.app"
    return {one for one in running if one == name or one.startswith(f"{name}.")}


class Quiet:
    """Asks everybody whether there is anything left to do at this moment of the story."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pools: dict[str, asyncpg.Pool] = {}
        self._fresh = Wire(kept=0)
        self._heard: dict[str, int] = {}

    async def open(self) -> None:
        """Opens what it asks with."""
        servers = self._world.stack.kafka
        self._admin = AIOKafkaAdminClient(bootstrap_servers=servers)
        await self._admin.start()
        self._ends = AIOKafkaConsumer(bootstrap_servers=servers, metadata_max_age_ms=5_000)
        await self._ends.start()
        for service in SERVICES:
            self._pools[service] = await asyncpg.create_pool(
                self._world.stack.database(service), min_size=0, max_size=1
            )

    async def close(self) -> None:
        """Closes it."""
        await self._admin.close()
        await self._ends.stop()
        await self._fresh.close()
        for pool in self._pools.values():
            pool.terminate()

    async def unpublished(self) -> int:
        """Facts recorded and not yet on Kafka."""
        tenant = self._world.batch.tenant
        counts = [await pool.fetchval(UNPUBLISHED, tenant) for pool in self._pools.values()]
        return sum(counts)

    async def left(self) -> str:
        """The first thing still under way, in words; empty when all is quiet."""
        try:
            if left := await self.travelling():
                return left
            for ask in (self._terms, self._contacts):
                if left := await ask():
                    return left
            return await self._erp()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as broken:
            return f"fora do ar: {type(broken).__name__}"

    async def travelling(self) -> str:
        """Facts recorded and not yet with everybody whom they concern."""
        for ask in (self._outboxes, self._lags, self._ear):
            if left := await ask():
                return left
        return ""

    async def clocks(self, version: int) -> str:
        """Processes that run and have not heard of this move of the clock, each by its name."""
        running = {name for name, pid in self._world.stack.pids.items() if pid is not None}
        for service in SERVICES:
            await self._ask(service, instances(service, running), version)
        told: dict[str, str] = self._world.stack.told["clocks"]
        for name in sorted(running & told.keys()):
            if self._heard.get(name, 0) < version:
                url = f"{told[name]}?tenant={self._world.batch.tenant}"
                self._heard[name] = (await self._fresh.ask("GET", url, None, {}))["version"]
        asked = {name for service in SERVICES for name in instances(service, running)}
        asked |= running & told.keys()
        return ", ".join(sorted(n for n in asked if self._heard.get(n, 0) < version))

    async def _ask(self, service: str, names: set[str], version: int) -> None:
        """Each new connection leads to any of the processes; asked until all of them answered."""
        url, driver = self._world.stack.url(service), self._world.staff("motorista", service)
        client = Client(self._fresh, url, driver.headers)
        for _ in range(ASKS * len(names)):
            if all(self._heard.get(name, 0) >= version for name in names):
                return
            seen = await client.get("/ops/clock")
            self._heard[seen["process"]] = int(seen["version"])

    async def _outboxes(self) -> str:
        waiting = await self.unpublished()
        return f"{waiting} fatos por publicar" if waiting else ""

    async def _lags(self) -> str:
        # Only the stack's own: whoever else reads the topics may stop whenever they like.
        if not (parts := await self._partitions()):
            return "barramento sem tópicos"
        for group in self._world.stack.told["kafka"]["groups"]:
            behind = await self._lag(group, parts)
            if behind:
                return f"{group} atrasado em {behind}"
        return ""

    async def _partitions(self) -> list[TopicPartition]:
        """All that there are. Only whoever is asked for topics by name tells of their partitions
        at once: a consumer that reads none learns of them seconds later."""
        told = await self._admin.describe_topics(sorted(await self._ends.topics()))
        return [
            TopicPartition(topic["topic"], part["partition"])
            for topic in told
            for part in topic["partitions"]
        ]

    async def _lag(self, group: str, parts: list[TopicPartition]) -> int:
        told = await self._admin.list_consumer_group_offsets(group, partitions=parts)
        done = {part: kept.offset for part, kept in told.items() if kept.offset >= 0}
        ends = await self._ends.end_offsets(list(done)) if done else {}
        return sum(max(0, end - done[part]) for part, end in ends.items())

    async def _ear(self) -> str:
        return "" if await self._world.bus.caught_up() else "história ainda ouvindo"

    async def _terms(self) -> str:
        now = await self._now()
        for due in (await self.next_due(), await self._due("worklist")):
            if due and due <= now:
                return f"prazo vencido em {due.isoformat()}"
        return ""

    async def _contacts(self) -> str:
        operator = self._world.staff("operador", "contact")
        for status in ("queued", "sending"):
            page = await operator.get(f"/contacts?status={status}&limit=1")
            if page["items"]:
                return "contatos por enviar"
        await self._world.mailbox.look()
        return ""

    async def _erp(self) -> str:
        if self._world.erp_down:
            return ""
        backlog = await self._world.staff("integracao").get("/erp-backlog?limit=1")
        return "ERP por confirmar" if backlog["items"] else ""

    async def next_due(self) -> datetime | None:
        """The next moment at which a term of a declaration falls due."""
        return await self._due("health_declaration")

    async def _due(self, service: str) -> datetime | None:
        found = await self._world.staff("motorista", service).get("/due-moments/next")
        return datetime.fromisoformat(found["due_at"]) if found["due_at"] else None

    async def _now(self) -> datetime:
        state = await self._world.staff("motorista", "sandbox").get("/clock")
        return datetime.fromisoformat(state["now"])

    async def jump(self, to: datetime) -> datetime:
        """Moves the clock; the business time and the version after it."""
        driver = self._world.staff("motorista", "sandbox")
        try:
            state = await driver.post("/clock", {"to": to.astimezone(UTC).isoformat()})
        except Refused as refusal:
            if refusal.code != "clock-backwards":
                raise
            state = await driver.get("/clock")
        self.version = int(state["version"])
        return datetime.fromisoformat(state["now"])
