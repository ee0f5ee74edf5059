"""How Temporal fares with one process type: what waits for its workers, what failed lately."""

import asyncio
from datetime import UTC, datetime, timedelta

from opentelemetry.metrics import get_meter
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from kit.logs import logger

LOOK_SECONDS = 30.0
LATELY = timedelta(hours=1)
QUEUES = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
FAILED = (
    "WorkflowType = '{workflow}' AND CloseTime > '{since}'"
    " AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')"
)
log = logger("workflows.figures")
_meter = get_meter("workflows.figures")
backlog = _meter.create_gauge("processes.backlog", description="tasks that wait for a worker")
age = _meter.create_gauge("processes.age", unit="s", description="since when the oldest waits")
failed = _meter.create_gauge(
    "processes.failed", description="processes of the last hour that did not end as they should"
)


async def tell(client: Client, queue: str, workflow: str) -> None:
    """One look at the task queue and at what closed lately."""
    found = [await _stats(client, queue, kind) for kind in QUEUES]
    backlog.set(sum(one.approximate_backlog_count for one in found), {"kind": queue})
    ages = [one.approximate_backlog_age.ToTimedelta().total_seconds() for one in found]
    age.set(max(ages), {"kind": queue})
    since = (datetime.now(UTC) - LATELY).isoformat(timespec="seconds")
    counted = await client.count_workflows(FAILED.format(workflow=workflow, since=since))
    failed.set(counted.count, {"kind": queue})


async def keep_telling(client: Client, queue: str, workflow: str) -> None:
    """Until cancelled; while Temporal is away the last figures stay."""
    while True:
        try:
            await tell(client, queue, workflow)
        except RPCError as away:
            log.warning("no figures of the task queue", queue=queue, status=away.status.name)
        await asyncio.sleep(LOOK_SECONDS)


async def _stats(client: Client, queue: str, kind: TaskQueueType.ValueType) -> TaskQueueStats:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=kind,
        report_stats=True,
    )
    return (await client.workflow_service.describe_task_queue(asked)).stats
