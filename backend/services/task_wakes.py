"""Wake-ups of tasks across processes: a hint that there is something new, never the news itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from redis.exceptions import RedisError

from backend.core.logging import get_logger
from backend.core.redis import RedisClient

CHANNEL = "latent:tasks:wake"

log = get_logger(__name__)


class TaskWakes:
    """Who works on a task listens, whoever learns something of it publishes. A lost wake-up only delays a look."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._listening: dict[UUID, asyncio.Event] = {}

    @contextmanager
    def listen(self, task_id: UUID) -> Iterator[asyncio.Event]:
        """Yield an event that is set at each wake-up of a task, while ``run`` runs in this process."""
        event = self._listening[task_id] = asyncio.Event()
        try:
            yield event
        finally:
            if self._listening.get(task_id) is event:
                del self._listening[task_id]

    async def publish(self, task_id: UUID) -> None:
        """Wake whoever works on a task."""
        try:
            await self._redis.get_client().publish(CHANNEL, str(task_id))
        except (RedisError, OSError) as error:
            log.warning("a task could not be woken; it looks again by itself", reason=str(error))

    async def run(self) -> None:
        """Pass wake-ups on to those who listen here, until cancelled; reconnects by itself."""
        await self._redis.hear(CHANNEL, self._pass_on)

    def _pass_on(self, data: bytes) -> None:
        try:
            event = self._listening.get(UUID(data.decode()))
        except ValueError:
            return
        if event is not None:
            event.set()
