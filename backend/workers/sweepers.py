"""What keeps the house clean: what dead processes left, what waits for a free place, what nobody needs any more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import AppError
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.repositories import (
    credit_repository,
    event_repository,
    idempotency_repository,
    job_repository,
    share_repository,
)
from backend.services.asset_service import AssetService
from backend.services.container import MediaParts
from backend.services.idempotency_service import KEEP_S
from backend.services.orphans import OrphanReaper
from backend.services.search_service import index_messages
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


class StruckOff(Exception):
    """The queue has given this worker up: there was no sign of life for too long, as when its machine slept."""


async def check_registration(database: Database, worker: Worker) -> None:
    """Raise StruckOff once the queue no longer knows this worker: it may take no job any more, and would idle on."""
    if worker.worker_id is None:
        return
    async with database.unit_of_work() as db:
        known = await job_repository.has_worker(db, worker.worker_id)
    if not known:
        raise StruckOff


async def sweep_stalled_jobs(jobs: JobManager, settings: Settings) -> None:
    """Give the jobs of workers whose heartbeat stopped back to the queue."""
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=settings.worker_stalled_s):
        log.warning("a worker left its job; it goes on", job=job.id)
        await jobs.retry_job(job)


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


async def sweep_shares(database: Database, settings: Settings) -> None:
    """Forget shares whose time is over, and let go of what they showed."""
    gone = settings.sweep_batch
    while gone >= settings.sweep_batch:
        async with database.unit_of_work() as db:
            gone = await share_repository.delete_expired(db, limit=settings.sweep_batch)


async def sweep_events(database: Database, settings: Settings) -> None:
    """Forget events that are too old or too many: whoever missed them begins anew."""
    gone = EVENTS_AT_ONCE
    while gone >= EVENTS_AT_ONCE:
        async with database.unit_of_work() as db:
            gone = await event_repository.forget(
                db, keep_s=settings.events_keep_s, keep=settings.events_keep_max, limit=EVENTS_AT_ONCE
            )


async def run_reaper(parts: MediaParts) -> None:
    """End the answers of API processes that died, until cancelled: there may be no other API process to do it."""
    orphans = OrphanReaper(parts.database, parts.settings, new_id(), beats=False)
    while True:
        try:
            await orphans.reap()
        except (SQLAlchemyError, OSError) as error:
            log.warning("orphaned answers could not be looked for; trying again later", reason=str(error))
        await asyncio.sleep(orphans.period_s)


async def run_indexer(parts: MediaParts) -> None:
    """Make what was written findable soon after it has ended, until cancelled; no turn waits for it."""
    settings = parts.settings
    while True:
        done = 0
        try:
            async with asyncio.timeout(settings.sweep_timeout_s):
                done = await index_messages(parts.database, limit=settings.search_index_batch)
        except PASSING as error:
            log.warning("messages could not be indexed; trying again later", reason=str(error))
        await asyncio.sleep(0 if done == settings.search_index_batch else settings.search_index_s)


async def run_sweepers(parts: MediaParts, worker: Worker) -> None:
    """Sweep again and again, until cancelled; each sweep is safe in any number of processes at once."""
    database, settings = parts.database, parts.settings
    sweeps: dict[str, Callable[[], Awaitable[None]]] = {
        "registration": partial(check_registration, database, worker),
        "holds": partial(sweep_holds, database, settings),
        "stalled jobs": partial(sweep_stalled_jobs, worker.app.job_manager, settings),
        "tasks": partial(sweep_tasks, database, parts.tasks, settings),
        "commands": partial(sweep_commands, database),
        "shares": partial(sweep_shares, database, settings),
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
            except PASSING as error:
                log.warning("a sweep failed; trying again later", sweep=name, reason=str(error))
        await asyncio.sleep(pause_s)
