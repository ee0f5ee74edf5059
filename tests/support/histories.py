"""`python -m tests.support.histories TENANT`: keeps histories of a tenant's processes for replay.

The payloads are decrypted before they are written: they hold ids and moments only, and a history
sealed with the key of one machine could not be replayed on another.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory

from kit.temporal import EncryptedPayloads, data_converter

KEPT = Path(__file__).parents[1] / "workflows" / "histories"
PREFIXES = ("health_declaration", "cpt_end")
EXAMINED, KEPT_PER_TYPE = 400, 4


def payloads_in(message: Message) -> Iterator[Payload]:
    """Every payload anywhere inside a protobuf message."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        entry = field.message_type.GetOptions().map_entry
        parts = value.values() if entry else value if field.is_repeated else [value]
        for part in parts:
            if isinstance(part, Message):
                yield from payloads_in(part)


async def decrypted(history: WorkflowHistory, codec: EncryptedPayloads) -> WorkflowHistory:
    """The same history with its payloads readable."""
    for event in history.events:
        for payload in payloads_in(event):
            (clear,) = await codec.decode([payload])
            payload.CopyFrom(clear)
    return history


async def save(address: str, payload_key: str, tenant: int) -> list[str]:
    """Writes the longest and some shorter histories of each type; the file names."""
    client = await Client.connect(address, data_converter=data_converter(payload_key))
    codec = client.data_converter.payload_codec
    assert isinstance(codec, EncryptedPayloads)
    names: list[str] = []
    KEPT.mkdir(parents=True, exist_ok=True)
    for prefix in PREFIXES:
        for history in await _chosen(client, prefix, tenant):
            clear = await decrypted(history, codec)
            name = f"{prefix}.{len(clear.events):03d}.json"
            (KEPT / name).write_text(clear.to_json() + "\n")
            names.append(name)
    return names


async def _chosen(client: Client, prefix: str, tenant: int) -> list[WorkflowHistory]:
    query = f"WorkflowId STARTS_WITH '{prefix}/{tenant}'"
    found: dict[int, WorkflowHistory] = {}
    async for execution in client.list_workflows(query, limit=EXAMINED):
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await handle.fetch_history()
        found[len(history.events)] = history
    lengths = sorted(found)
    step = max(1, (len(lengths) - 1) // (KEPT_PER_TYPE - 1)) if len(lengths) > 1 else 1
    chosen = {*lengths[::step][: KEPT_PER_TYPE - 1], *lengths[-1:]}
    return [found[length] for length in sorted(chosen)]


def main() -> None:
    """Reads the stack's addresses from its run folder."""
    run = Path(os.environ.get("VINCULO_RUN", ".run"))
    stack = json.loads((run / "stack.json").read_text())
    key = os.environ["VINCULO_PAYLOAD_KEY"]
    names = asyncio.run(save(stack["temporal"]["address"], key, int(sys.argv[1])))
    sys.stdout.write("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
