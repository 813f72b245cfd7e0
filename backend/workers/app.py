"""The worker process: background work, taken from the queue in PostgreSQL."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from procrastinate import App, PsycopgConnector

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.events import WakeChannel
from backend.core.logging import get_logger
from backend.core.redis import RedisClient
from backend.workers.sweepers import run_sweepers

POOL_SIZE = 4

log = get_logger(__name__)


def create_queue(settings: Settings) -> App:
    """Return the queue on the product's own database; jobs are a name plus ids."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    return App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=POOL_SIZE))


@asynccontextmanager
async def open_channel(settings: Settings) -> AsyncIterator[WakeChannel | None]:
    """Open the way to wake those whom the worker tells something; without Redis they find it a little later."""
    if settings.redis_url is None:
        yield None
        return
    redis = RedisClient(settings.redis_url.get_secret_value())
    channel = WakeChannel(redis)
    channel.start()
    try:
        yield channel
    finally:
        await channel.close()
        await redis.close()


async def run_worker(settings: Settings) -> None:
    """Work until the process is asked to end; jobs at work are finished or go back to the queue."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    queue = create_queue(settings)
    async with AsyncExitStack() as stack:
        channel = await stack.enter_async_context(open_channel(settings))
        database = Database(url, settings, channel.tell if channel else None)
        stack.push_async_callback(database.close)
        await stack.enter_async_context(queue.open_async())
        working = asyncio.create_task(
            queue.run_worker_async(
                install_signal_handlers=False,
                listen_notify=True,
                shutdown_graceful_timeout=settings.shutdown_grace_s,
            )
        )
        sweeping = asyncio.create_task(run_sweepers(database, settings))
        log.info("worker ready")
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait((working, sweeping, waiting), return_when=asyncio.FIRST_COMPLETED)
        if sweeping.done():
            sweeping.result()
        if working.done():
            working.result()
        waiting.cancel()
        sweeping.cancel()
        working.cancel()
        await asyncio.gather(waiting, sweeping, working, return_exceptions=True)
