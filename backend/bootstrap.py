"""The composition root: settings become the concrete parts of the running product."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import StartError
from backend.core.events import WakeChannel
from backend.core.logging import get_logger
from backend.core.provider_config import load_providers
from backend.core.redis import RedisClient
from backend.core.security import PasswordVault
from backend.services.adapters.registry import ModelDescriptor, ModelRegistry
from backend.services.auth_service import AuthService
from backend.services.chat_runs import ChatRuns
from backend.services.container import Container
from backend.services.event_hub import EventHub
from backend.services.price_service import PriceService
from backend.services.rate_limit_service import RateLimiter
from backend.services.task_limit_service import Slot, TaskLimitService

log = get_logger(__name__)


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """Open all parts, and close them in the opposite order: runs first get time to finish."""
    if settings.database_url is None or settings.redis_url is None:
        raise StartError("LATENT_DATABASE_URL and LATENT_REDIS_URL are needed; `latent serve` brings its own.")
    async with AsyncExitStack() as stack:
        redis = RedisClient(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.close)
        channel = WakeChannel(redis)
        database = Database(settings.database_url.get_secret_value(), settings, channel.tell)
        stack.push_async_callback(database.close)
        limiter = RateLimiter(settings.redis_url.get_secret_value())
        stack.push_async_callback(limiter.close)
        registry = ModelRegistry(load_providers(settings), settings)
        stack.push_async_callback(registry.close)
        await registry.start(lambda models: store_prices(database, models))
        vault = PasswordVault(concurrency=settings.password_hash_concurrency)
        limits = TaskLimitService(redis, database, settings, list_running_slots)
        events = EventHub(database, settings, channel)
        events.start()
        stack.push_async_callback(events.close)
        runs = ChatRuns(database, settings)
        await runs.start()
        stack.push_async_callback(runs.close)
        auth = AuthService(database, settings, vault, limiter)
        yield Container(settings, database, redis, registry, auth, limits, runs, events)


async def store_prices(database: Database, models: Sequence[ModelDescriptor]) -> None:
    """Store the prices that the configuration gives to models, where they are new."""
    try:
        async with database.unit_of_work() as db:
            await PriceService(db).store_configured(models)
    except (SQLAlchemyError, OSError) as error:
        log.warning("configured prices could not be stored; trying again later", reason=str(error))


async def list_running_slots(_db: AsyncSession) -> list[Slot]:
    """Return what holds slots by the database."""
    return []
