"""Events on their way: to every device, what it missed included, whatever becomes of hints and processes."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.events import WakeChannel
from backend.core.ids import new_id
from backend.core.redis import RedisClient
from backend.services.conversation_service import ConversationService
from backend.workers.sweepers import sweep_events
from tests.support.devices import APPEND_LONG, PATIENCE_S, device, last_seq, told
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app


async def test_every_device_hears_the_same_and_so_does_the_other_door(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone, device(anna, app) as laptop:
        hello = await phone.next()
        assert hello == await laptop.next()
        assert (hello["type"], hello["seq"], "build" in hello) == ("hello", await last_seq(anna), True)
        await (await anna.ask("echo: hi")).all()

        heard = await phone.until("credits.changed", held_mc=0)
        assert heard == await laptop.until("credits.changed", held_mc=0)
    assert heard == await told(anna, hello["seq"])


async def test_a_device_that_was_away_gets_what_it_missed_then_what_happens(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone:
        seen = (await phone.next())["seq"]
    async with app.container.database.unit_of_work() as db:
        service = ConversationService(db, app.container.settings)
        missed = [str((await service.create_conversation(UUID(anna.user["id"]))).id) for _ in range(250)]

    async with device(anna, app, after=seen) as phone:
        hello = await phone.next()
        assert (hello["type"], hello["seq"]) == ("hello", seen + 250)
        heard = [await phone.next() for _ in missed]
        assert [event["data"]["id"] for event in heard] == missed
        assert [event["seq"] for event in heard] == list(range(seen + 1, seen + 251))
        new = await anna.conversation()
        assert (await phone.next())["data"]["id"] == new


@pytest.mark.parametrize("after", [999, 2**63 - 1])
async def test_a_number_that_never_was_begins_anew(anna: Person, app: RunningApp, after: int) -> None:
    newest = await last_seq(anna)
    async with device(anna, app, after=after) as phone:
        hello = await phone.next()
        assert (hello["type"], hello["seq"]) == ("hello", newest)
        assert await phone.next() == {"type": "reset", "seq": newest}
        conversation = await anna.conversation()
        assert (await phone.next())["data"]["id"] == conversation
    page = await anna.get(f"/api/events?after={after}")
    assert page == {"items": [], "last_seq": newest + 1, "reset": True}


async def test_events_that_are_forgotten_begin_anew(anna: Person, app: RunningApp, settings: Settings) -> None:
    for _ in range(9):
        await anna.conversation()
    await sweep_events(app.container.database, settings.model_copy(update={"events_keep_max": 4}))

    assert [event["seq"] for event in await told(anna, 6)] == [7, 8, 9, 10]
    assert (await anna.get("/api/events?after=5"))["reset"] is True
    async with device(anna, app, after=5) as phone:
        assert [(await phone.next())["type"] for _ in range(2)] == ["hello", "reset"]
    async with device(anna, app, after=6) as phone:
        assert [(await phone.next())["seq"] for _ in range(3)] == [10, 7, 8]


async def test_old_events_are_forgotten_and_numbers_go_on(
    anna: Person, ben: Person, app: RunningApp, settings: Settings, postgres_url: str
) -> None:
    await anna.conversation()
    await ben.conversation()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE events SET created_at = now() - interval '30 days' WHERE user_id = %s AND seq = 2",
            [anna.user["id"]],
        )
    await sweep_events(app.container.database, settings)

    assert (await anna.get("/api/events?after=0"))["reset"] is True
    assert await told(anna, 2) == []
    assert len(await told(ben)) == 2
    await anna.conversation()
    assert [event["seq"] for event in await told(anna, 2)] == [3]


async def test_pages_are_bounded_and_join(anna: Person) -> None:
    for _ in range(4):
        await anna.conversation()

    first = await anna.get("/api/events?after=0&limit=3")
    rest = await anna.get(f"/api/events?after={first['items'][-1]['seq']}&limit=3")
    assert [event["seq"] for event in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert first["last_seq"] == rest["last_seq"] == 5
    for query in ("after=-1", "after=x", f"after={2**63}", "limit=0", "limit=501"):
        assert (await anna.call("GET", f"/api/events?{query}"))[0] == 422


async def test_a_device_that_stops_reading_holds_nobody_up_and_misses_nothing(
    anna: Person, app: RunningApp, postgres_url: str
) -> None:
    async with device(anna, app) as lazy, device(anna, app) as phone:
        seen = (await phone.next())["seq"]
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for _ in range(10):
                connection.execute(APPEND_LONG, [anna.user["id"], "x" * 4_000, 300])
        heard = [(await phone.next())["seq"] for _ in range(3_000)]
        assert heard == list(range(seen + 1, seen + 3_001))

        assert (await lazy.next())["type"] == "hello"
        assert [(await lazy.next())["seq"] for _ in range(3_000)] == heard


# --- hints, lost and found ---


async def test_a_change_without_any_hint_arrives_all_the_same(anna: Person, app: RunningApp, postgres_url: str) -> None:
    conversation = await anna.conversation()
    async with device(anna, app) as phone:
        await phone.next()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("UPDATE conversations SET title = 'by another door' WHERE id = %s", [conversation])

        assert (await phone.next())["data"]["title"] == "by another door"


@asynccontextmanager
async def second_app(settings: Settings, faults: Faults, **changes: object) -> AsyncIterator[RunningApp]:
    async with run_app(settings.model_copy(update={"sandbox_url": faults.url, **changes})) as running:
        yield running


async def test_without_redis_events_arrive_a_little_later(
    anna: Person, app: RunningApp, settings: Settings, faults: Faults
) -> None:
    nowhere = type(settings.redis_url)("unix:///nowhere/valkey.sock")
    async with second_app(settings, faults, redis_url=nowhere) as other, device(anna, other) as phone:
        await phone.next()
        conversation = await anna.conversation()

        assert (await phone.next())["data"]["id"] == conversation


NEVER_S = 3_600.0


async def test_a_hint_alone_reaches_the_devices_of_another_process(
    anna: Person, app: RunningApp, settings: Settings, faults: Faults
) -> None:
    async with second_app(settings, faults, socket_check_s=NEVER_S) as other, device(anna, other) as phone:
        await phone.next()
        await count_of(app.container.redis, UUID(anna.user["id"]), 1)
        conversation = await anna.conversation()

        assert (await phone.next())["data"]["id"] == conversation


async def test_a_hint_within_the_process_needs_no_redis(
    anna: Person, app: RunningApp, settings: Settings, faults: Faults
) -> None:
    nowhere = type(settings.redis_url)("unix:///nowhere/valkey.sock")
    away = {"redis_url": nowhere, "socket_check_s": NEVER_S}
    async with second_app(settings, faults, **away) as other, device(anna, other) as phone:
        await phone.next()
        async with anna.browser.post(f"{other.url}/api/conversations", json={}) as response:
            conversation = (await response.json())["id"]

        assert (await phone.next())["data"]["id"] == conversation


async def test_hints_reach_those_who_follow_and_nobody_else(redis: RedisClient, redis_url: str) -> None:
    followed, left, other = new_id(), new_id(), new_id()
    heard: asyncio.Queue[tuple[UUID, int]] = asyncio.Queue()
    speaker, listener = WakeChannel(redis), WakeChannel(RedisClient(redis_url))
    speaker.start()
    listener.start(lambda user_id, seq: heard.put_nowait((user_id, seq)))
    await listener.follow(followed)
    await listener.follow(left)
    await count_of(redis, followed, 1)
    await count_of(redis, left, 1)
    await listener.keep_only([followed])
    await count_of(redis, left, 0)

    speaker.tell({other: 1, left: 2})
    speaker.tell({followed: 3})
    assert await asyncio.wait_for(heard.get(), 10) == (followed, 3)
    await redis.get_client().client_kill_filter(_type="pubsub")
    await count_of(redis, followed, 1)
    speaker.tell({followed: 4})
    assert await asyncio.wait_for(heard.get(), 10) == (followed, 4)
    await listener.close()
    await speaker.close()


async def count_of(redis: RedisClient, user_id: UUID, count: int) -> None:
    """Return once so many processes listen to hints about a user."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await redis.get_client().pubsub_numsub(f"latent:events:{user_id}")
            if int(found[0][1]) == count:
                return
            await asyncio.sleep(0.01)


async def test_a_change_in_one_process_reaches_the_devices_of_another(
    anna: Person, app: RunningApp, postgres_url: str, redis_url: str
) -> None:
    with listening_socket() as listener:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "backend.cli", "api"],
            env={
                **os.environ,
                "LATENT_DATABASE_URL": postgres_url,
                "LATENT_REDIS_URL": redis_url,
                "LATENT_LISTEN_FD": str(listener.fileno()),
                "LATENT_LOG_LEVEL": "warning",
            },
            pass_fds=[listener.fileno()],
        )
        other = RunningApp(f"http://127.0.0.1:{listener.getsockname()[1]}", app.container)
    try:
        async with device(anna, other) as there, device(anna, app) as here:
            await there.next()
            await here.next()
            begun = await anna.conversation()
            assert (await there.next())["data"]["id"] == (await here.next())["data"]["id"] == begun
            path = f"{other.url}/api/conversations/{begun}"
            async with anna.browser.patch(path, json={"title": "over there"}) as response:
                assert response.status == 200
            assert (await here.next())["data"]["title"] == (await there.next())["data"]["title"] == "over there"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)


def listening_socket() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener
