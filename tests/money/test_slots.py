"""Slots of media tasks: never more than the limit, both places or neither, and back again after Redis lost them."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import Unavailable
from backend.core.ids import new_id
from backend.core.redis import RedisClient
from backend.services.task_limit_service import Scope, TaskKind, TaskLimitService
from tests.support.server import until
from tests.support.slot_taker import FLUSH_LOCK, TABLE, list_in_use

ROOT = Path(__file__).resolve().parents[2]
LIMIT, PER_CONVERSATION = 3, 2
PROCESSES, TASKS, TURNS = 4, 52, 48
LEASE_S, SHORT_LEASE_S = 30.0, 0.15
PATIENCE_S = 30.0
USER, FIRST, SECOND = (UUID(int=number) for number in (1, 2, 3))
VIDEO = TaskKind.VIDEO


@pytest.fixture
def in_use(empty_database: str) -> Iterator[psycopg.Connection]:
    """The table of what runs, by which slots are rebuilt."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(TABLE)
        yield connection
        connection.execute("DROP TABLE slots_in_use")


def service(
    redis: RedisClient, database: Database, settings: Settings, *, lease_s: float = LEASE_S
) -> TaskLimitService:
    limits = {"video_limit_per_user": LIMIT, "video_limit_per_conversation": PER_CONVERSATION, "slot_lease_s": lease_s}
    return TaskLimitService(redis, database, settings.model_copy(update=limits), list_in_use)


@pytest.fixture
def slots(redis: RedisClient, database: Database, settings: Settings, in_use: psycopg.Connection) -> TaskLimitService:
    return service(redis, database, settings)


@pytest.fixture
def short(redis: RedisClient, database: Database, settings: Settings, in_use: psycopg.Connection) -> TaskLimitService:
    """The same with leases that end soon."""
    return service(redis, database, settings, lease_s=SHORT_LEASE_S)


async def take(slots: TaskLimitService, where: UUID, slot: UUID | None = None) -> UUID | None:
    slot = slot or new_id()
    return slot if await slots.check_and_acquire(USER, where, VIDEO, slot_id=slot) else None


async def held(slots: TaskLimitService, where: UUID) -> dict[Scope, list[UUID]]:
    return (await slots.get_active_count(USER, where))[VIDEO]


async def test_a_slot_takes_a_place_of_the_user_and_of_the_conversation(slots: TaskLimitService) -> None:
    slot = await take(slots, FIRST)

    assert await held(slots, FIRST) == {Scope.USER: [slot], Scope.CONVERSATION: [slot]}
    assert await held(slots, SECOND) == {Scope.USER: [slot], Scope.CONVERSATION: []}
    assert await slots.can_start_task(USER, FIRST, VIDEO)


async def test_a_full_conversation_takes_no_place_of_the_user(slots: TaskLimitService) -> None:
    taken = [await take(slots, FIRST) for _ in range(PER_CONVERSATION)]

    assert await take(slots, FIRST) is None
    assert (await held(slots, FIRST))[Scope.USER] == taken
    assert not await slots.can_start_task(USER, FIRST, VIDEO)
    assert (await slots.refusal(USER, FIRST, VIDEO)).params["scope"] == "conversation"


async def test_a_full_user_takes_no_place_of_the_conversation(slots: TaskLimitService) -> None:
    taken = [await take(slots, where) for where in (FIRST, FIRST, SECOND)]

    assert await take(slots, SECOND) is None
    assert (await held(slots, SECOND))[Scope.CONVERSATION] == taken[2:]
    refusal = await slots.refusal(USER, SECOND, VIDEO)
    assert (refusal.params["scope"], refusal.params["limit"]) == ("user", LIMIT)
    assert refusal.params["first"] == str(taken[0])


async def test_a_slot_that_is_held_is_taken_again_without_a_second_place(slots: TaskLimitService) -> None:
    slot = await take(slots, FIRST)

    assert await take(slots, FIRST, slot) == slot
    assert (await held(slots, FIRST))[Scope.USER] == [slot]


async def test_kinds_have_limits_of_their_own(slots: TaskLimitService) -> None:
    for _ in range(PER_CONVERSATION):
        await take(slots, FIRST)

    assert await slots.check_and_acquire(USER, FIRST, TaskKind.IMAGE, slot_id=new_id())


async def test_giving_back_frees_both_places_once_and_only_ones_own(slots: TaskLimitService) -> None:
    kept, given = await take(slots, FIRST), await take(slots, FIRST)
    assert given is not None

    for _ in range(2):
        await slots.release(USER, FIRST, VIDEO, slot_id=given)
        await slots.release(USER, FIRST, VIDEO, slot_id=new_id())
        assert await held(slots, FIRST) == {Scope.USER: [kept], Scope.CONVERSATION: [kept]}


async def test_a_slot_that_nobody_renews_is_free_again(short: TaskLimitService) -> None:
    for _ in range(PER_CONVERSATION):
        await take(short, FIRST)
    assert await take(short, FIRST) is None

    async def is_free() -> bool:
        return await take(short, FIRST) is not None

    await until(is_free, "the end of a lease")


async def test_a_slot_that_is_renewed_outlives_its_lease(short: TaskLimitService) -> None:
    slot = await take(short, FIRST)
    assert slot is not None
    began = asyncio.get_running_loop().time()

    async def is_old() -> bool:
        await short.renew([(VIDEO, USER, FIRST, slot)])
        return asyncio.get_running_loop().time() - began > 3 * SHORT_LEASE_S

    await until(is_old, "three leases")
    assert await held(short, FIRST) == {Scope.USER: [slot], Scope.CONVERSATION: [slot]}


async def test_a_slot_that_lost_one_place_is_not_renewed_in_the_other(short: TaskLimitService) -> None:
    late = await take(short, FIRST)
    assert late is not None

    async def has_expired() -> bool:
        return (await held(short, FIRST))[Scope.USER] == []

    await until(has_expired, "the end of a lease")
    others = [await take(short, SECOND) for _ in range(PER_CONVERSATION)]  # their taking clears the user's places
    await short.renew([(VIDEO, USER, FIRST, late), *((VIDEO, USER, SECOND, other) for other in others if other)])

    assert await held(short, FIRST) == {Scope.USER: others, Scope.CONVERSATION: []}


async def test_a_slot_that_was_given_back_is_not_renewed(slots: TaskLimitService) -> None:
    slot = await take(slots, FIRST)
    assert slot is not None
    await slots.release(USER, FIRST, VIDEO, slot_id=slot)

    await slots.renew([(VIDEO, USER, FIRST, slot)])
    assert await held(slots, FIRST) == {Scope.USER: [], Scope.CONVERSATION: []}


async def test_an_emptied_redis_is_filled_with_what_runs_before_anyone_takes_a_slot(
    slots: TaskLimitService, redis: RedisClient, in_use: psycopg.Connection
) -> None:
    running = [new_id() for _ in range(PER_CONVERSATION)]
    for slot in running:
        in_use.execute("INSERT INTO slots_in_use VALUES (%s, 'video', %s, %s)", [slot, USER, FIRST])
    await redis.get_client().flushall()

    asked = await asyncio.gather(*(take(slots, FIRST) for _ in range(20)))
    assert asked == [None] * 20
    assert (await held(slots, FIRST))[Scope.USER] == running


async def test_without_redis_nobody_gets_a_slot_and_the_reason_is_said(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    away = RedisClient(f"unix://{tmp_path}/none.sock")

    with pytest.raises(Unavailable):
        await take(service(away, database, settings), FIRST)
    await away.close()


@pytest.fixture
def order(empty_database: str, redis_url: str) -> dict[str, Any]:
    return {
        "database_url": empty_database,
        "redis_url": redis_url,
        "user_id": str(USER),
        "conversation_id": str(FIRST),
        "limit": LIMIT,
        "lease_s": LEASE_S,
        "processes": PROCESSES,
        "tasks": TASKS // PROCESSES,
        "turns": TURNS // PROCESSES,
        "patience_s": PATIENCE_S,
    }


async def let_processes_compete(order: dict[str, Any]) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tests.support.slot_taker", json.dumps(order)]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)


async def what_they_saw(competing: asyncio.subprocess.Process) -> dict[str, int]:
    said, _ = await competing.communicate()
    assert competing.returncode == 0
    seen = [json.loads(line) for line in said.splitlines()]
    assert len(seen) == PROCESSES
    sums = {name: sum(each[name] for each in seen) for name in ("taken", "refused", "unavailable")}
    return {**sums, "most": max(each["most"] for each in seen)}


async def test_fifty_that_compete_from_four_processes_never_hold_more_than_the_limit(
    slots: TaskLimitService, order: dict[str, Any]
) -> None:
    seen = await what_they_saw(await let_processes_compete(order))

    print(seen)
    assert (seen["most"], seen["unavailable"]) == (LIMIT, 0)
    assert seen["taken"] >= TURNS
    assert seen["refused"] > 0
    assert await held(slots, FIRST) == {Scope.USER: [], Scope.CONVERSATION: []}


async def test_emptying_redis_again_and_again_under_load_never_lets_more_run_than_the_limit(
    redis: RedisClient, in_use: psycopg.Connection, order: dict[str, Any]
) -> None:
    competing = await let_processes_compete(order)
    flushed = 0
    while competing.returncode is None:
        with in_use.transaction():
            in_use.execute("SELECT pg_advisory_xact_lock(%s)", [FLUSH_LOCK])
            await redis.get_client().flushall()
        flushed += 1
        await asyncio.sleep(0.02)

    seen = await what_they_saw(competing)
    print(seen, flushed)
    assert seen["most"] <= LIMIT
    assert flushed > 5
