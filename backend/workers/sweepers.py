"""What keeps the house clean: what dead processes left, what waits for a free place, what nobody needs any more."""

import asyncio
from collections.abc import Awaitable, Callable

from procrastinate import App
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import AppError
from backend.core.logging import get_logger
from backend.repositories import credit_repository, idempotency_repository, job_repository
from backend.services.container import MediaParts
from backend.services.idempotency_service import KEEP_S

log = get_logger(__name__)

Sweep = Callable[[MediaParts, App], Awaitable[None]]


async def sweep_holds(parts: MediaParts, _queue: App) -> None:
    """Return holds past their time whose work is over: what a process that died between its two units has left."""
    async with parts.database.unit_of_work() as db:
        returned = await credit_repository.expire(db, limit=parts.settings.sweep_batch)
    if returned:
        log.warning("returned forgotten holds", count=len(returned))


async def sweep_stalled_jobs(parts: MediaParts, queue: App) -> None:
    """Give the jobs of workers whose heartbeat stopped back to the queue."""
    stalled_s = parts.settings.worker_stalled_s
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=stalled_s):
        log.warning("a worker left its job; it goes on", job=job.id)
        await queue.job_manager.retry_job(job)


async def sweep_tasks(parts: MediaParts, _queue: App) -> None:
    """Give every task that should be worked on a job, and let waiting ones in as far as there are places."""
    async with parts.database.unit_of_work() as db:
        forgotten = await job_repository.defer_forgotten_tasks(db, limit=parts.settings.sweep_batch)
    if forgotten:
        log.warning("tasks had no job", count=forgotten)
    await parts.tasks.promote_waiting()


async def sweep_commands(parts: MediaParts, _queue: App) -> None:
    """Forget the answers of commands that are too old to be repeated."""
    async with parts.database.unit_of_work() as db:
        await idempotency_repository.delete_old_commands(db, keep_s=KEEP_S)


async def sweep_assets(parts: MediaParts, _queue: App) -> None:
    """Remove bytes that nothing refers to any more."""
    await parts.assets.delete_unreferenced()


SWEEPS: tuple[Sweep, ...] = (sweep_holds, sweep_stalled_jobs, sweep_tasks, sweep_commands, sweep_assets)


async def run_sweepers(parts: MediaParts, queue: App) -> None:
    """Sweep again and again, until cancelled; each sweep is safe in any number of processes at once."""
    while True:
        for sweep in SWEEPS:
            try:
                await sweep(parts, queue)
            except (SQLAlchemyError, RedisError, OSError, AppError) as error:
                log.warning("a sweep failed; trying again later", sweep=sweep.__name__, reason=str(error))
        await asyncio.sleep(parts.settings.sweep_s)
