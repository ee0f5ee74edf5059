"""How a process asks a service: at once where it answers, with Temporal's patience where not.

No answer ends a process: it outlives the refusal of a service, says so, and asks again.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

QUICK = timedelta(seconds=5)
"""How long the first try may take; it runs within the workflow task, so it costs one event."""

ASK = timedelta(seconds=30)
"""How long one of the patient requests may take."""

ONCE = RetryPolicy(maximum_attempts=1)
PATIENT = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=30),
)
"""A service that is down is asked again until it answers; a refusal ends the asking."""

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)
"""After refusals in a row: some are mended by a deploy, none is worth a history without end."""


class Refusals:
    """What a service refused, so that whoever looks at the process learns why it stands still."""

    def __init__(self) -> None:
        self.code: str | None = None
        self._count = 0

    def hear(self, failed: FailureError) -> None:
        """One more in a row. Only a service's own code is told: other messages may tell more."""
        reason = _reason(failed)
        self.code = type(reason).__name__
        if isinstance(reason, ApplicationError) and reason.type == "Refused":
            self.code = reason.message
        self._count += 1

    def forget(self) -> None:
        """The service answered."""
        self.code = None
        self._count = 0

    async def wait(self, woken: Callable[[], bool]) -> None:
        """Until `woken` holds, or long enough to ask again unbidden."""
        pause = min(FIRST_PAUSE * 4 ** min(self._count - 1, 9), LONGEST_PAUSE)
        with suppress(TimeoutError):
            await workflow.wait_condition(woken, timeout=pause)


async def ask[Request, Reply](
    request: Callable[[Any, Request], Awaitable[Reply]], about: Request, refusals: Refusals
) -> Reply | None:
    """The reply of an activity method that may be asked twice; None when the service refuses.

    A service that is away is asked again by the server, which costs the history nothing while it
    waits.
    """
    try:
        reply = await _answer(request, about)
    except FailureError as failed:
        if is_cancelled_exception(failed):
            raise
        refusals.hear(failed)
        return None
    refusals.forget()
    return reply


async def _answer[Request, Reply](
    request: Callable[[Any, Request], Awaitable[Reply]], about: Request
) -> Reply:
    try:
        return await workflow.execute_local_activity_method(
            request, about, start_to_close_timeout=QUICK, retry_policy=ONCE
        )
    except FailureError as failed:
        if is_cancelled_exception(failed) or _final(failed):
            raise
    return await workflow.execute_activity_method(
        request, about, start_to_close_timeout=ASK, retry_policy=PATIENT
    )


def _final(failed: FailureError) -> bool:
    reason = _reason(failed)
    return isinstance(reason, ApplicationError) and reason.non_retryable


def _reason(failed: FailureError) -> BaseException:
    """A local activity's failure comes bare or as the cause of another, as the server's do."""
    return failed if isinstance(failed, ApplicationError) else failed.cause or failed
