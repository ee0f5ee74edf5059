"""Which answers of a service are worth asking again for, and which are its own refusal."""

import httpx
import pytest

from contracts.base import Message
from kit.http import Refused, ServiceClient
from kit.problem_schema import MEDIA_TYPE

PROBLEM = {"Content-Type": MEDIA_TYPE}


class Said(Message):
    """Anything."""


async def asked(status: int, code: str | None) -> None:
    """One request to a service, or to what stands before it, that answers so."""

    def answer(_request: httpx.Request) -> httpx.Response:
        if code is None:
            return httpx.Response(status, text="<html>nginx</html>")
        return httpx.Response(status, json={"code": code}, headers=PROBLEM)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        await ServiceClient(http).post(1, "/advance", Said(), Said)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "invalid-token"),
        (403, "forbidden"),
        (404, None),
        (405, None),
        (408, "request-timeout"),
        (409, "conflict"),
        (429, "too-many-attempts"),
        (503, "unavailable"),
    ],
)
async def test_what_may_pass_is_no_refusal(status: int, code: str | None) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await asked(status, code)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "tenant-missing"), (404, "not-found"), (409, "case-ended"), (422, "refused")],
)
async def test_what_the_service_itself_turns_down_is_a_refusal(status: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await asked(status, code)
    assert (refused.value.status, refused.value.code) == (status, code)
