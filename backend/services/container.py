"""The parts that requests and jobs use, put together once by ``bootstrap.py``."""

from dataclasses import dataclass

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.events import WakeChannel
from backend.core.media_check import MediaChecker
from backend.core.redis import RedisClient
from backend.core.storage import ObjectStorage
from backend.services.adapters.registry import ModelRegistry
from backend.services.asset_service import AssetService
from backend.services.auth_service import AuthService
from backend.services.chat_runs import ChatRuns
from backend.services.event_hub import EventHub
from backend.services.media_download import MediaDownloader
from backend.services.rate_limit_service import RateLimiter
from backend.services.remote_runs import RemoteRuns
from backend.services.session_watch import SessionWatch
from backend.services.task_limit_service import TaskLimitService
from backend.services.task_service import TaskService
from backend.services.task_wakes import TaskWakes


@dataclass(frozen=True, slots=True)
class MediaParts:
    """The parts that make and keep media, in API processes and workers alike."""

    settings: Settings
    database: Database
    redis: RedisClient
    channel: WakeChannel
    registry: ModelRegistry
    limits: TaskLimitService
    storage: ObjectStorage
    checker: MediaChecker
    assets: AssetService
    downloads: MediaDownloader
    tasks: TaskService
    wakes: TaskWakes


@dataclass(frozen=True, slots=True)
class Container(MediaParts):
    """The parts that requests use."""

    limiter: RateLimiter
    auth: AuthService
    runs: ChatRuns
    remote: RemoteRuns
    sessions: SessionWatch
    events: EventHub
