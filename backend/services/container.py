"""The parts that requests and jobs use, put together once by ``bootstrap.py``."""

from dataclasses import dataclass

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.redis import RedisClient
from backend.services.adapters.registry import ModelRegistry
from backend.services.auth_service import AuthService
from backend.services.chat_runs import ChatRuns
from backend.services.event_hub import EventHub
from backend.services.task_limit_service import TaskLimitService


@dataclass(frozen=True, slots=True)
class Container:
    """The parts that requests use."""

    settings: Settings
    database: Database
    redis: RedisClient
    registry: ModelRegistry
    auth: AuthService
    limits: TaskLimitService
    runs: ChatRuns
    events: EventHub
