"""Rate limits of attempts, counted in Redis over a sliding window."""

import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from backend.core.errors import RateLimited, Unavailable


class RateLimiter:
    """Counts attempts by name; the counters live in Redis, so all processes share them."""

    def __init__(self, redis_url: str) -> None:
        scheme = "async+redis+" if redis_url.startswith("unix:") else "async+"
        self._pool = BlockingConnectionPool.from_url(redis_url, max_connections=8, timeout=5, socket_timeout=5)
        self._storage = RedisStorage(
            scheme + redis_url,
            implementation="redispy",
            key_prefix="latent:limit",
            connection_pool=self._pool,  # type: ignore[arg-type]
        )
        self._strategy = SlidingWindowCounterRateLimiter(self._storage)

    async def hit(self, name: str, *names: str, most: int, window_s: int) -> None:
        """Count one attempt; raises RateLimited with the seconds to wait once there were ``most`` in the window.

        Without Redis nobody can be counted, and guessing must not be free: raises Unavailable.
        """
        item = RateLimitItemPerSecond(most, window_s)
        try:
            if await self._strategy.hit(item, name, *names):
                return
            reset_time, _remaining = await self._strategy.get_window_stats(item, name, *names)
        except (RedisError, OSError) as error:
            raise Unavailable(retry_after_s=5) from error
        raise RateLimited(retry_after_s=max(1, round(reset_time - time.time())))

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._pool.aclose()
