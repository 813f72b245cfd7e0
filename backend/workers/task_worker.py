"""The job of a media task, and how it is tried again."""

import asyncio
from uuid import UUID

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from backend.core.logging import get_logger
from backend.services.task_runner import TaskRunner

ATTEMPTS_MAX = 50
PAUSE_MAX_S = 60

log = get_logger(__name__)


async def process_task_worker(task_id: str, *, runner: TaskRunner) -> None:
    """Run one media task to its end; safe to run twice, from whatever state it is in.

    What a provider does wrong ends the task; what nobody foresaw escapes, and the queue runs the job again.
    """
    await runner.run(UUID(task_id))


class TryAgain(BaseRetryStrategy):
    """At once after a worker was told to end, later and later after an error; a sweep finds what is left of it."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when a job that broke off runs again."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        log.error("a task's job broke off", job=job.id, attempts=job.attempts, exc_info=exception)
        if job.attempts >= ATTEMPTS_MAX:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, PAUSE_MAX_S)})
