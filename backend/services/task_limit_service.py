"""How much may run at once, by user and by conversation.

Media tasks hold slots: leases in Redis that belong to one task and expire unless whoever works renews them. One
script takes the user's and the conversation's slot together or neither. PostgreSQL is the truth: what runs there
refills Redis after it was emptied. Answers of chat need no lease: ``begin_turn`` counts them where they begin.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import TooManyTasks, Unavailable
from backend.core.logging import get_logger
from backend.core.redis import RedisClient
from backend.models import TaskKind
from backend.repositories import message_repository

PREFIX = "latent:{slots}:"
READY = PREFIX + "ready"
REBUILD_LOCK = "slots-rebuild"
REBUILD_LOCK_S = 10.0
REBUILD_TRIES = 40
REBUILD_PAUSE_S = 0.05
RUNNING_SHOWN_MAX = 20

# KEYS: ready mark, the user's slots, the conversation's slots. ARGV: slot, lease in ms, limits of both.
# Slots are members of a sorted set, scored by the time at which they expire. The server's clock is the only one.
ACQUIRE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 'empty' end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, 3 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now) end
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 'user' end
  if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[4]) then return 'conversation' end
end
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2] * 2)
end
return 'taken'
"""
# KEYS: the user's and the conversation's slots. ARGV: slot, lease in ms. A slot that is not in both any more (it was
# given back, or its lease ended and others came) is in neither from now on.
RENEW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  for i = 1, 2 do
    redis.call('ZADD', KEYS[i], now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[i], ARGV[2] * 2)
  end
else
  for i = 1, 2 do redis.call('ZREM', KEYS[i], ARGV[1]) end
end
"""
# KEYS: any sets of slots. Returns those that have not expired, set by set.
COUNT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf') end
return found
"""

log = get_logger(__name__)


class Scope(StrEnum):
    """Whose limit it is."""

    USER = "user"
    CONVERSATION = "conversation"


Slot = tuple[TaskKind, UUID, UUID, UUID]
"""Kind, user, conversation, and the task that holds the slot."""

ListRunning = Callable[[AsyncSession], Awaitable[Sequence[Slot]]]


class TaskLimitService:
    """Slots of all kinds, shared by all processes through Redis."""

    def __init__(self, redis: RedisClient, database: Database, settings: Settings, list_running: ListRunning) -> None:
        """``list_running``: what holds slots by PostgreSQL, to refill Redis from."""
        self._redis = redis
        self._database = database
        self._settings = settings
        self._list_running = list_running
        self._lease_ms = max(1, round(settings.slot_lease_s * 1000))

    async def check_and_acquire(self, user_id: UUID, conversation_id: UUID, kind: TaskKind, *, slot_id: UUID) -> bool:
        """Take a slot of both limits or none; True when it is held (also when it was before).

        Raises Unavailable while Redis is away or being refilled.
        """
        try:
            for _ in range(REBUILD_TRIES):
                said = await self._acquire(user_id, conversation_id, kind, slot_id)
                if said != "empty":
                    return said == "taken"
                if not await self._rebuild():
                    await asyncio.sleep(REBUILD_PAUSE_S)  # another process refills it
        except (RedisError, OSError) as error:
            log.warning("slots cannot be counted in Redis", reason=str(error))
        raise Unavailable(retry_after_s=1)

    async def release(self, user_id: UUID, conversation_id: UUID, kind: TaskKind, *, slot_id: UUID) -> None:
        """Give a slot back: only this task's, and a second time changes nothing."""
        try:
            async with self._redis.get_client().pipeline(transaction=True) as pipe:
                for key in _keys(kind, user_id, conversation_id):
                    pipe.zrem(key, str(slot_id))
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("a slot could not be given back; its lease ends", reason=str(error))

    async def renew(self, slots: Sequence[Slot]) -> None:
        """Let slots last for another lease."""
        if not slots:
            return
        try:
            async with self._redis.get_client().pipeline(transaction=False) as pipe:
                for kind, user_id, conversation_id, slot_id in slots:
                    pipe.eval(RENEW, 2, *_keys(kind, user_id, conversation_id), str(slot_id), self._lease_ms)
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("slots could not be renewed", reason=str(error))

    async def get_active_count(
        self, user_id: UUID, conversation_id: UUID | None = None
    ) -> dict[TaskKind, dict[Scope, list[UUID]]]:
        """Return what runs, by kind: of the user, and of the conversation where one is named."""
        async with self._database.unit_of_work() as db:
            answers = await message_repository.list_running(db, user_id)
        found = {TaskKind.CHAT: {Scope.USER: [answer for answer, _ in answers]}}
        if conversation_id is not None:
            found[TaskKind.CHAT][Scope.CONVERSATION] = [answer for answer, where in answers if where == conversation_id]
        for kind in (TaskKind.IMAGE, TaskKind.VIDEO):
            scopes = {Scope.USER: user_id} | ({Scope.CONVERSATION: conversation_id} if conversation_id else {})
            sets = await self._count([_key(kind, scope, owner) for scope, owner in scopes.items()])
            found[kind] = {scope: sorted(UUID(item) for item in held) for scope, held in zip(scopes, sets, strict=True)}
        return found

    async def can_start_task(self, user_id: UUID, conversation_id: UUID, kind: TaskKind) -> bool:
        """Tell whether a slot is free now; only ``check_and_acquire`` takes it."""
        active = (await self.get_active_count(user_id, conversation_id))[kind]
        return all(len(held) < limit_of(self._settings, kind, scope) for scope, held in active.items())

    async def refusal(self, user_id: UUID, conversation_id: UUID, kind: TaskKind) -> TooManyTasks:
        """Return the error that says which limit is reached and what holds its slots."""
        active = (await self.get_active_count(user_id, conversation_id))[kind]
        full = (scope for scope, held in active.items() if len(held) >= limit_of(self._settings, kind, scope))
        scope = next(full, Scope.USER)
        return too_many_tasks(kind, scope, active[scope], self._settings)

    async def _acquire(self, user_id: UUID, conversation_id: UUID, kind: TaskKind, slot_id: UUID) -> str:
        limits = [limit_of(self._settings, kind, scope) for scope in (Scope.USER, Scope.CONVERSATION)]
        keys = (READY, *_keys(kind, user_id, conversation_id))
        said = await self._redis.get_client().eval(ACQUIRE, 3, *keys, str(slot_id), self._lease_ms, *limits)
        return _text(said)

    async def _count(self, keys: list[str]) -> list[list[str]]:
        try:
            found = await self._redis.get_client().eval(COUNT, len(keys), *keys)
        except (RedisError, OSError) as error:
            log.warning("slots cannot be counted in Redis", reason=str(error))
            return [[] for _ in keys]
        return [[_text(item) for item in held] for held in found]

    async def _rebuild(self) -> bool:
        """Fill an emptied Redis with what runs by PostgreSQL; False while another process does it.

        Until the mark is set nobody takes a slot. Work that took one just before and is not in PostgreSQL yet is
        missed here and met by PostgreSQL's own guard.
        """
        token = await self._redis.acquire_lock(REBUILD_LOCK, REBUILD_LOCK_S)
        if token is None:
            return False
        try:
            async with self._database.unit_of_work() as db:
                running = await self._list_running(db)
            await self._fill(running)
            log.info("slots rebuilt from the database", count=len(running))
        finally:
            await self._redis.release_lock(REBUILD_LOCK, token)
        return True

    async def _fill(self, slots: Sequence[Slot]) -> None:
        client = self._redis.get_client()
        seconds, micros = await client.time()
        expires_ms = seconds * 1000 + micros // 1000 + self._lease_ms
        async with client.pipeline(transaction=True) as pipe:
            for kind, user_id, conversation_id, slot_id in slots:
                for key in _keys(kind, user_id, conversation_id):
                    pipe.zadd(key, {str(slot_id): expires_ms})
                    pipe.pexpire(key, self._lease_ms * 2)
            pipe.set(READY, "1")
            await pipe.execute()


def limit_of(settings: Settings, kind: TaskKind, scope: Scope) -> int:
    """Return how many of a kind may run at once."""
    limit: int = getattr(settings, f"{kind}_limit_per_{scope}")
    return limit


def too_many_tasks(kind: TaskKind, scope: str, running: Sequence[UUID], settings: Settings) -> TooManyTasks:
    """Return the refusal of one more: which limit, what runs, and what began first."""
    ids = [str(slot) for slot in sorted(running)[:RUNNING_SHOWN_MAX]]
    limit = limit_of(settings, kind, Scope(scope))
    return TooManyTasks(kind=str(kind), scope=str(scope), limit=limit, running=ids, first=ids[0] if ids else None)


def _keys(kind: TaskKind, user_id: UUID, conversation_id: UUID) -> tuple[str, str]:
    return _key(kind, Scope.USER, user_id), _key(kind, Scope.CONVERSATION, conversation_id)


def _key(kind: TaskKind, scope: Scope, owner: UUID) -> str:
    return f"{PREFIX}{kind}:{scope}:{owner}"


def _text(said: Any) -> str:
    return said.decode() if isinstance(said, bytes) else str(said)
