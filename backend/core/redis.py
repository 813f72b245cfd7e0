"""Redis (or Valkey): one client per process, and locks whose owner is proven by a token."""

import asyncio
import secrets
from collections.abc import Callable
from typing import ClassVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from backend.core.logging import get_logger

CONNECT_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 5.0
CONNECTIONS_MAX = 32
RETRIES = 2
SILENCE_S = 15.0
"""After so long without a message a subscription has to show that it lives."""
RESUBSCRIBE_S = 1.0

# Compare and act in one step: between a GET and a DEL the lock could expire and become someone else's.
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
EXTEND = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end"
)


log = get_logger(__name__)


class RedisClient:
    """The way to Redis. Nothing in Redis is the only copy of anything: it counts, wakes and locks."""

    KEY_PREFIX: ClassVar[str] = "latent:"

    def __init__(self, url: str) -> None:
        """Remember the address; the first use connects."""
        self._url = url
        self._client: Redis | None = None

    def get_client(self) -> Redis:
        """Return the one client of this process; made at the first call."""
        if self._client is None:
            pool = BlockingConnectionPool.from_url(
                self._url,
                max_connections=CONNECTIONS_MAX,
                timeout=COMMAND_TIMEOUT_S,
                socket_timeout=COMMAND_TIMEOUT_S,
                socket_connect_timeout=CONNECT_TIMEOUT_S,
                retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), RETRIES),
                retry_on_error=[RedisConnectionError],
            )
            self._client = Redis.from_pool(pool)
        return self._client

    async def close(self) -> None:
        """Close all connections; a later call of ``get_client`` opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def health_check(self) -> bool:
        """Tell whether Redis answers."""
        try:
            return bool(await self.get_client().ping())
        except (RedisError, OSError):
            return False

    async def hear(self, channel: str, take: Callable[[bytes], None]) -> None:
        """Pass on what is published to a channel, until cancelled; subscribes anew whenever the connection breaks.

        What is published meanwhile is lost: this is for hints.
        """
        while True:
            try:
                await self._hear_one_subscription(channel, take)
            except (RedisError, OSError) as error:
                log.warning("a channel is not heard; trying again", channel=channel, reason=str(error))
            await asyncio.sleep(RESUBSCRIBE_S)

    async def _hear_one_subscription(self, channel: str, take: Callable[[bytes], None]) -> None:
        async with self.get_client().pubsub() as subscription:
            await subscription.subscribe(channel)
            asked = False
            while True:
                message = await subscription.get_message(timeout=SILENCE_S)
                if message is None:
                    if asked:
                        raise RedisConnectionError("the subscription has fallen silent")
                    await subscription.ping()
                elif message["type"] == "message":
                    take(message["data"])
                asked = message is None

    async def acquire_lock(self, key: str, timeout: float) -> str | None:  # noqa: ASYNC109 - a time to live
        """Take a lock for ``timeout`` seconds; returns the owner's token, or None while another holds it."""
        token = secrets.token_hex(16)
        taken = await self.get_client().set(self._lock_key(key), token, nx=True, px=_milliseconds(timeout))
        return token if taken else None

    async def release_lock(self, key: str, token: str) -> bool:
        """Give a lock back; False when it is no longer this owner's (it expired, and may be another's by now)."""
        return bool(await self.get_client().eval(RELEASE, 1, self._lock_key(key), token))

    async def extend_lock(self, key: str, token: str, timeout: float) -> bool:  # noqa: ASYNC109 - a time to live
        """Let a lock last ``timeout`` seconds from now; False when it is no longer this owner's."""
        return bool(await self.get_client().eval(EXTEND, 1, self._lock_key(key), token, _milliseconds(timeout)))

    def _lock_key(self, key: str) -> str:
        return f"{self.KEY_PREFIX}lock:{key}"


def _milliseconds(seconds: float) -> int:
    if seconds <= 0:
        raise ValueError("a lock needs a time to live")
    return max(1, round(seconds * 1000))
