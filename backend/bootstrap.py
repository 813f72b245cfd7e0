"""The composition root: settings become the concrete parts of the running product."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import StartError
from backend.core.media_check import MediaChecker
from backend.core.provider_config import load_providers
from backend.core.redis import RedisClient
from backend.core.security import PasswordVault
from backend.core.storage import ObjectStorage
from backend.services.adapters.registry import ModelRegistry
from backend.services.asset_service import AssetService
from backend.services.auth_service import AuthService
from backend.services.chat_runs import ChatRuns
from backend.services.container import Container
from backend.services.rate_limit_service import RateLimiter


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """Open all parts, and close them in the opposite order: runs first get time to finish."""
    if settings.database_url is None or settings.redis_url is None:
        raise StartError("LATENT_DATABASE_URL and LATENT_REDIS_URL are needed; `latent serve` brings its own.")
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url.get_secret_value(), settings)
        stack.push_async_callback(database.close)
        redis = RedisClient(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.close)
        limiter = RateLimiter(settings.redis_url.get_secret_value())
        stack.push_async_callback(limiter.close)
        registry = ModelRegistry(load_providers(settings), settings)
        stack.push_async_callback(registry.close)
        registry.start()
        vault = PasswordVault(concurrency=settings.password_hash_concurrency)
        runs = ChatRuns(database, settings)
        await runs.start()
        stack.push_async_callback(runs.close)
        storage = ObjectStorage(settings)
        yield Container(
            settings,
            database,
            redis,
            registry,
            AuthService(database, settings, vault, limiter),
            runs,
            storage,
            AssetService(database, storage, MediaChecker(settings), redis, settings),
        )
