"""The composition root: settings become the concrete parts of the running product."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields

from sqlalchemy.exc import SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import StartError
from backend.core.events import WakeChannel
from backend.core.logging import get_logger
from backend.core.media_check import MediaChecker
from backend.core.provider_config import load_providers
from backend.core.redis import RedisClient
from backend.core.security import PasswordVault
from backend.core.storage import ObjectStorage
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.registry import ModelRegistry
from backend.services.asset_service import AssetService
from backend.services.auth_service import AuthService
from backend.services.chat_runs import ChatRuns
from backend.services.container import Container, MediaParts
from backend.services.event_hub import EventHub
from backend.services.media_download import MediaDownloader
from backend.services.price_service import PriceService
from backend.services.rate_limit_service import RateLimiter
from backend.services.remote_runs import RemoteRuns
from backend.services.session_watch import SessionWatch
from backend.services.stream_tails import StreamTails
from backend.services.task_limit_service import TaskLimitService
from backend.services.task_service import TaskService, list_running_slots
from backend.services.task_wakes import TaskWakes

log = get_logger(__name__)


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """Open all parts of an API process, and close them in the opposite order: runs first get time to finish."""
    async with open_media(settings) as media, AsyncExitStack() as stack:
        limiter = RateLimiter(settings.redis_url.get_secret_value() if settings.redis_url else "")
        stack.push_async_callback(limiter.close)
        vault = PasswordVault(concurrency=settings.password_hash_concurrency)
        events = EventHub(media.database, settings, media.channel)
        events.start()
        stack.push_async_callback(events.close)
        sessions = SessionWatch(media.database, settings)
        stack.push_async_callback(sessions.close)
        sessions.start()
        tails = StreamTails(media.redis, settings)
        stack.push_async_callback(tails.close)
        tails.start()
        runs = ChatRuns(media.database, media.redis, settings)
        stack.push_async_callback(runs.close)
        await runs.start()
        remote = RemoteRuns(media.database, tails, settings)
        auth = AuthService(media.database, settings, vault, limiter)
        parts = {field.name: getattr(media, field.name) for field in fields(media)}
        yield Container(**parts, limiter=limiter, auth=auth, runs=runs, remote=remote, sessions=sessions, events=events)


@asynccontextmanager
async def open_media(settings: Settings) -> AsyncIterator[MediaParts]:
    """Open the parts that API processes and workers share, and close them in the opposite order."""
    if settings.database_url is None or settings.redis_url is None:
        raise StartError("LATENT_DATABASE_URL and LATENT_REDIS_URL are needed; `latent serve` brings its own.")
    async with AsyncExitStack() as stack:
        redis = RedisClient(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.close)
        channel = WakeChannel(redis)
        database = Database(settings.database_url.get_secret_value(), settings, channel.tell)
        stack.push_async_callback(database.close)
        registry = ModelRegistry(load_providers(settings), settings)
        stack.push_async_callback(registry.close)
        await registry.start(lambda models: store_prices(database, models))
        limits = TaskLimitService(redis, database, settings, list_running_slots)
        storage = ObjectStorage(settings)
        checker = MediaChecker(settings)
        assets = AssetService(database, storage, checker, redis, settings)
        yield MediaParts(
            settings=settings,
            database=database,
            redis=redis,
            channel=channel,
            registry=registry,
            limits=limits,
            storage=storage,
            checker=checker,
            assets=assets,
            downloads=MediaDownloader(registry.http, assets, settings),
            tasks=TaskService(database, registry, limits, settings),
            wakes=TaskWakes(redis),
        )


async def store_prices(database: Database, models: Sequence[ModelDescriptor]) -> None:
    """Store the prices that the configuration gives to models, where they are new."""
    try:
        async with database.unit_of_work() as db:
            await PriceService(db).store_configured(models)
    except (SQLAlchemyError, OSError) as error:
        log.warning("configured prices could not be stored; trying again later", reason=str(error))
