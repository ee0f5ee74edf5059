"""What partners wrote and we did not read yet: it lies on the bus and nowhere else."""

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from contracts.topics import EXTERNAL, TOPICS, Topic


async def unread(servers: str, topics: Iterable[Topic] = TOPICS) -> dict[str, int]:
    """Messages by topic of partners that one of its readers has not handled; none left out."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    ends = AIOKafkaConsumer(bootstrap_servers=servers)
    await admin.start()
    await ends.start()
    try:
        return {
            topic.name: count
            for topic in topics
            if topic.owner == EXTERNAL and (count := await _behind(admin, ends, topic))
        }
    finally:
        await ends.stop()
        await admin.close()


async def _behind(admin: AIOKafkaAdminClient, ends: AIOKafkaConsumer, topic: Topic) -> int:
    parts = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
    first, last = await ends.beginning_offsets(parts), await ends.end_offsets(parts)
    behind = [0]
    for group in topic.consumers:
        places = await admin.list_consumer_group_offsets(group)
        done = {part: places[part].offset for part in parts if part in places}
        behind.append(sum(last[part] - max(first[part], done.get(part, 0)) for part in parts))
    return max(behind)
