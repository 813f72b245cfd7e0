"""The worker process: media tasks taken from the queue in PostgreSQL, and the sweeps that keep the house clean."""

import asyncio
import signal
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from functools import partial

from procrastinate import App, PsycopgConnector
from procrastinate.worker import Worker

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.fault_points import arm
from backend.core.logging import get_logger
from backend.models import TaskKind
from backend.repositories import job_repository
from backend.services.container import MediaParts
from backend.services.task_runner import TaskRunner
from backend.workers.sweepers import run_indexer, run_reaper, run_sweepers
from backend.workers.task_worker import TryAgain, process_task_worker

POOL_SIZE = 4
GIVE_BACK_S = 5.0
"""How long jobs that did not end within the grace time may take to go back to the queue."""

log = get_logger(__name__)


def create_queue(settings: Settings, runner: TaskRunner) -> App:
    """Return the queue on the product's own database, with its one kind of job: a name plus an id."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    connect = {"connect_timeout": settings.database_connect_s}
    queue = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=POOL_SIZE, kwargs=connect))
    job = partial(process_task_worker, runner=runner)
    queue.task(name=job_repository.TASK_JOB, queue=job_repository.QUEUE, retry=TryAgain())(job)
    return queue


def create_worker(settings: Settings, queue: App) -> Worker:
    """Return what takes jobs from the queue, several at once, and gives them back when it is cancelled."""
    return Worker(
        queue,
        queues=[job_repository.QUEUE],
        concurrency=settings.worker_concurrency,
        install_signal_handlers=False,
        listen_notify=True,
        shutdown_graceful_timeout=settings.shutdown_grace_s,
        update_heartbeat_interval=settings.worker_stalled_s / 3,
        stalled_worker_timeout=settings.worker_stalled_s,
        delete_jobs="successful",
    )


async def run_worker(
    settings: Settings, opening: AbstractAsyncContextManager[MediaParts], ended: asyncio.Event | None = None
) -> None:
    """Work until the event is set (by default: until the process is told to end); jobs at work go back to the queue."""
    ended = ended or end_on_signals()
    arm(settings.fault)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(opening)
        parts.channel.start()
        stack.push_async_callback(parts.channel.close)
        runner = TaskRunner(parts)
        queue = create_queue(settings, runner)
        await stack.enter_async_context(queue.open_async())
        worker = create_worker(settings, queue)
        work = (
            worker.run(),  # type: ignore[no-untyped-call]
            run_sweepers(parts, worker),
            run_reaper(parts),
            run_indexer(parts),
            parts.wakes.run(),
            renew_slots(parts, runner),
        )
        log.info("worker ready")
        await run_until(ended, work, patience_s=settings.shutdown_grace_s + GIVE_BACK_S)


def end_on_signals() -> asyncio.Event:
    """Return an event that is set once the process is told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended


async def run_until(ended: asyncio.Event, work: tuple[Awaitable[object], ...], *, patience_s: float) -> None:
    """Run everything until the event is set; whatever ends before takes the process with it.

    ``patience_s``: how long the rest may take to end, before it is interrupted once more.
    """
    running = [asyncio.ensure_future(item) for item in work]
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait((waiting, *running), return_when=asyncio.FIRST_COMPLETED)
    broken = [item for item in running if item.done()]
    await end_tasks(waiting, *running, again_s=patience_s)
    for item in broken:
        item.result()


async def renew_slots(parts: MediaParts, runner: TaskRunner) -> None:
    """Keep the slots of the tasks that this process works on, until cancelled."""
    while True:
        await asyncio.sleep(parts.settings.slot_lease_s / 3)
        at_work = runner.running.values()
        await parts.limits.renew(
            [(TaskKind(task.kind), task.user_id, task.conversation_id or task.user_id, task.id) for task in at_work]
        )
