"""What a service answers, and what is no answer of it."""

import httpx
import pytest

from contracts.worklist.api import LastChange
from kit.errors import Unavailable
from services.console.gateways.upstream import Upstream


def answering(content: bytes) -> Upstream:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    return Upstream("Tarefas", httpx.AsyncClient(transport=transport, base_url="http://tasks"))


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b'{"mark": 7}'])
async def test_a_reply_of_another_shape_is_told_as_silence(content: bytes) -> None:
    upstream = answering(content)
    with pytest.raises(Unavailable) as told:
        await upstream.of("token").get("/task-changes", LastChange)
    assert told.value.title == "Tarefas não responde agora"
    assert upstream.silence.since is not None


async def test_a_reply_of_its_shape_ends_the_silence() -> None:
    upstream = answering(b'{"mark": "7"}')
    upstream.silence.begins()
    assert (await upstream.of("token").get("/task-changes", LastChange)).mark == "7"
    assert upstream.silence.since is None
