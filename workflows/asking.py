"""How a process asks a service: at once where it answers, with Temporal's patience where not."""

from collections.abc import Awaitable, Callable
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
"""A service that is down is asked again until it answers; a refusal is final by itself."""


async def ask[Request, Reply](
    request: Callable[[Any, Request], Awaitable[Reply]], about: Request
) -> Reply:
    """The reply of an activity method that may be asked twice.

    A service that is away is asked again by the server, which costs the history nothing while it
    waits. Raises FailureError when the service refuses.
    """
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
    """A local activity's failure comes bare or as the cause of another, as the server's do."""
    reason = failed if isinstance(failed, ApplicationError) else failed.cause
    return isinstance(reason, ApplicationError) and reason.non_retryable
