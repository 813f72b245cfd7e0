"""More turns than there is room for: who is one too many is told at once, and who is not gets a whole answer."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import psycopg
import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.support.sandbox import Faults
from tests.support.server import Events, Person, RunningApp, run_app, sign_up

ROOM = 6
TOO_MANY = 20


@pytest.fixture
async def small_app(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[RunningApp]:
    """The product with room for few answers."""
    changes: dict[str, object] = {"max_streams_per_process": ROOM, "chat_limit_per_user": 100, "database_pool_size": 2}
    changes["sandbox_url"] = faults.url
    async with run_app(settings.model_copy(update=changes)) as running:
        yield running


@pytest.fixture
async def cleo(small_app: RunningApp) -> AsyncIterator[Person]:
    person = await sign_up(small_app)
    yield person
    await person.close()


async def send(person: Person, conversation: str) -> aiohttp.ClientResponse:
    body = {"content": "echo: here", "model_id": "demo/demo-swift"}
    return await person.browser.post(f"/api/conversations/{conversation}/messages/stream", json=body)


async def test_one_too_many_is_told_at_once_while_nothing_else_moves(cleo: Person, empty_database: str) -> None:
    conversations = [await cleo.conversation() for _ in range(ROOM + TOO_MANY)]
    async with await psycopg.AsyncConnection.connect(empty_database) as lock:
        await lock.execute("LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE")  # no turn can begin
        sent = waiting = {asyncio.create_task(send(cleo, conversation)) for conversation in conversations}
        while len(waiting) > ROOM:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused = [task.result() for task in sent - waiting]

        assert {response.status for response in refused} == {503}
        assert {response.headers["Retry-After"] for response in refused} == {"2"}
        assert {(await response.json())["code"] for response in refused} == {"unavailable"}
        assert not any(task.done() for task in waiting)
        await lock.rollback()

    ends = [(await Events(response).all())[-1] for response in await asyncio.gather(*waiting)]
    assert [end["answer"]["status"] for end in ends] == ["complete"] * ROOM


async def test_there_is_room_again_once_answers_have_ended(cleo: Person) -> None:
    for _ in range(ROOM * 2):
        await (await cleo.ask("echo: here")).all()
