"""What keeps the house clean: holds that nobody works on any more, answers of commands that nobody repeats."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.logging import get_logger
from backend.repositories import credit_repository, event_repository, idempotency_repository
from backend.services.idempotency_service import KEEP_S

EVENTS_AT_ONCE = 5_000

log = get_logger(__name__)

Sweep = Callable[[Database, Settings], Awaitable[None]]


async def sweep_holds(database: Database, settings: Settings) -> None:
    """Return holds past their time whose work is over: what a process that died between its two units has left."""
    async with database.unit_of_work() as db:
        returned = await credit_repository.expire(db, limit=settings.sweep_batch)
    if returned:
        log.warning("returned forgotten holds", count=len(returned))


async def sweep_commands(database: Database, _settings: Settings) -> None:
    """Forget the answers of commands that are too old to be repeated."""
    async with database.unit_of_work() as db:
        await idempotency_repository.delete_old_commands(db, keep_s=KEEP_S)


async def sweep_events(database: Database, settings: Settings) -> None:
    """Forget events that are too old or too many: whoever missed them begins anew."""
    gone = EVENTS_AT_ONCE
    while gone >= EVENTS_AT_ONCE:
        async with database.unit_of_work() as db:
            gone = await event_repository.forget(
                db, keep_s=settings.events_keep_s, keep=settings.events_keep_max, limit=EVENTS_AT_ONCE
            )


SWEEPS: tuple[Sweep, ...] = (sweep_holds, sweep_commands, sweep_events)


async def run_sweepers(database: Database, settings: Settings) -> None:
    """Sweep again and again, until cancelled; each sweep is safe in any number of processes at once."""
    while True:
        for sweep in SWEEPS:
            try:
                await sweep(database, settings)
            except (SQLAlchemyError, OSError) as error:
                log.warning("a sweep failed; trying again later", sweep=sweep.__name__, reason=str(error))
        await asyncio.sleep(settings.sweep_s)
