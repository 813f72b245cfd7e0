"""What keeps the house clean: what dead processes left, what waits for a free place, what nobody needs any more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import AppError
from backend.core.logging import get_logger
from backend.repositories import credit_repository, event_repository, idempotency_repository, job_repository
from backend.services.asset_service import AssetService
from backend.services.container import MediaParts
from backend.services.idempotency_service import KEEP_S
from backend.services.task_service import TaskService

EVENTS_AT_ONCE = 5_000
PASSING = (SQLAlchemyError, ConnectorException, RedisError, OSError, AppError)
"""What the next round may find mended; a time-out is an OSError."""

log = get_logger(__name__)


async def sweep_holds(database: Database, settings: Settings) -> None:
    """Return holds past their time whose work is over: what a process that died between its two units has left."""
    async with database.unit_of_work() as db:
        returned = await credit_repository.expire(db, limit=settings.sweep_batch)
    if returned:
        log.warning("returned forgotten holds", count=len(returned))


async def sweep_stalled_jobs(queue: App, settings: Settings) -> None:
    """Give the jobs of workers whose heartbeat stopped back to the queue."""
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=settings.worker_stalled_s):
        log.warning("a worker left its job; it goes on", job=job.id)
        await queue.job_manager.retry_job(job)


async def sweep_tasks(database: Database, tasks: TaskService, settings: Settings) -> None:
    """Give every task that should be worked on a job, and let waiting ones in as far as there are places."""
    async with database.unit_of_work() as db:
        forgotten = await job_repository.defer_forgotten_tasks(db, limit=settings.sweep_batch)
    if forgotten:
        log.warning("tasks had no job", count=forgotten)
    await tasks.promote_waiting()


async def sweep_commands(database: Database) -> None:
    """Forget the answers of commands that are too old to be repeated."""
    async with database.unit_of_work() as db:
        await idempotency_repository.delete_old_commands(db, keep_s=KEEP_S)


async def sweep_assets(assets: AssetService) -> None:
    """Remove bytes that nothing refers to any more."""
    await assets.delete_unreferenced()


async def sweep_events(database: Database, settings: Settings) -> None:
    """Forget events that are too old or too many: whoever missed them begins anew."""
    gone = EVENTS_AT_ONCE
    while gone >= EVENTS_AT_ONCE:
        async with database.unit_of_work() as db:
            gone = await event_repository.forget(
                db, keep_s=settings.events_keep_s, keep=settings.events_keep_max, limit=EVENTS_AT_ONCE
            )


async def run_sweepers(parts: MediaParts, queue: App) -> None:
    """Sweep again and again, until cancelled; each sweep is safe in any number of processes at once."""
    database, settings = parts.database, parts.settings
    sweeps: dict[str, Callable[[], Awaitable[None]]] = {
        "holds": partial(sweep_holds, database, settings),
        "stalled jobs": partial(sweep_stalled_jobs, queue, settings),
        "tasks": partial(sweep_tasks, database, parts.tasks, settings),
        "commands": partial(sweep_commands, database),
        "assets": partial(sweep_assets, parts.assets),
        "events": partial(sweep_events, database, settings),
    }
    await sweep_forever(sweeps, pause_s=settings.sweep_s, timeout_s=settings.sweep_timeout_s)


async def sweep_forever(
    sweeps: Mapping[str, Callable[[], Awaitable[None]]], *, pause_s: float, timeout_s: float
) -> None:
    """Sweep round after round. One that fails, or hangs, does not keep the others from their turn.

    What nobody foresaw ends the process, and so is noticed: whoever started it starts it again.
    """
    while True:
        for name, sweep in sweeps.items():
            try:
                async with asyncio.timeout(timeout_s):
                    await sweep()
            except (
                SQLAlchemyError,
                ConnectorException,
                RedisError,
                OSError,
                AppError,
            ) as error:  # time-outs are OSErrors
                log.warning("a sweep failed; trying again later", sweep=name, reason=str(error))
        await asyncio.sleep(pause_s)
