"""The event log's wake-up channel: Redis tells other processes that a user has something new to read.

Only hints travel here, a user's id and the number of an event; the log in PostgreSQL is the truth. A hint that is
lost delays: whoever follows a user looks for itself every few seconds too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import UUID

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from backend.core.background import end_tasks
from backend.core.logging import get_logger
from backend.core.redis import RedisClient

PREFIX = f"{RedisClient.KEY_PREFIX}events:"
ANCHOR = PREFIX + "-"
"""A name that nobody publishes to: it keeps the subscription alive while no user is followed."""
SILENCE_S = 15.0
"""After so long without a message the connection has to show that it lives."""
PAUSE_S = 1.0
COMMAND_S = 2.0
GATHER_S = 0.02
"""Hints wait so long for others to be published with; this process's own sockets need none."""
PENDING_MAX = 10_000

Hear = Callable[[UUID, int], None]

log = get_logger(__name__)


class WakeChannel:
    """One process's end of the channel. ``tell`` never waits: what it is given is published a moment later."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._hear: Hear | None = None
        self._pending: dict[UUID, int] = {}
        self._told = asyncio.Event()
        self._followed: set[UUID] = set()
        self._subscription: PubSub | None = None
        self._stale = False
        self._subscribing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._away = False

    def start(self, hear: Hear | None = None) -> None:
        """Begin to publish, and, with ``hear``, to listen: it is called with each hint about a followed user."""
        self._hear = hear
        self._tasks.append(asyncio.create_task(self._publish()))
        if hear is not None:
            self._tasks.append(asyncio.create_task(self._listen()))

    async def close(self) -> None:
        """Stop both."""
        await end_tasks(*self._tasks)
        self._tasks.clear()

    def tell(self, told: Mapping[UUID, int]) -> None:
        """Wake whoever follows these users, in this process at once, in others through Redis."""
        for user_id, seq in told.items():
            if self._hear is not None:
                self._hear(user_id, seq)
            if len(self._pending) < PENDING_MAX or user_id in self._pending:
                self._pending[user_id] = seq
        self._told.set()

    async def follow(self, user_id: UUID) -> None:
        """Listen to hints about a user from now on (or as soon as Redis is back)."""
        async with self._subscribing:
            if user_id in self._followed:
                return
            self._followed.add(user_id)
            if self._subscription is not None and not self._stale:
                await self._command(self._subscription.subscribe(_channel(user_id)))

    async def keep_only(self, users: Iterable[UUID]) -> None:
        """Listen no longer to hints about anyone else."""
        async with self._subscribing:
            left = self._followed.difference(users)
            self._followed -= left
            if left and self._subscription is not None and not self._stale:
                await self._command(self._subscription.unsubscribe(*map(_channel, left)))

    async def _command(self, command: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(COMMAND_S):
                await command
        except (RedisError, OSError) as error:
            self._stale = True
            self._note(error)

    async def _publish(self) -> None:
        """Publish what was told, all that has gathered in one go."""
        while True:
            await self._told.wait()
            await asyncio.sleep(GATHER_S)
            self._told.clear()
            told, self._pending = self._pending, {}
            try:
                async with self._redis.get_client().pipeline(transaction=False) as pipe:
                    for user_id, seq in told.items():
                        pipe.publish(_channel(user_id), seq)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                self._note(error)

    async def _listen(self) -> None:
        """Keep one subscription, made anew whenever it breaks."""
        while True:
            try:
                await self._subscribe_and_hear()
            except (RedisError, OSError) as error:
                self._note(error)
            await asyncio.sleep(PAUSE_S)

    async def _subscribe_and_hear(self) -> None:
        async with self._redis.get_client().pubsub() as subscription:
            async with self._subscribing:
                await subscription.subscribe(ANCHOR, *map(_channel, self._followed))
                self._subscription, self._stale = subscription, False
            try:
                await self._hear_all(subscription)
            finally:
                self._subscription = None

    async def _hear_all(self, subscription: PubSub) -> None:
        asked = False
        while not self._stale:
            message = await subscription.get_message(timeout=SILENCE_S)
            if message is None and asked:
                raise RedisConnectionError("the subscription has fallen silent")
            asked = message is None
            if message is None:
                await subscription.ping()
                continue
            if self._away:
                self._away = False
                log.info("Redis is back")
            if message["type"] == "message" and self._hear is not None:
                self._pass_on(message["channel"], message["data"])

    def _pass_on(self, channel: bytes, data: bytes) -> None:
        try:
            user_id, seq = UUID(channel.decode().removeprefix(PREFIX)), int(data)
        except ValueError:
            log.warning("a hint was no hint")
            return
        if self._hear is not None:
            self._hear(user_id, seq)

    def _note(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            log.warning("Redis is away; events arrive a little later", reason=str(error))


def _channel(user_id: UUID) -> str:
    return f"{PREFIX}{user_id}"
