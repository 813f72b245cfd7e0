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
        sent = {asyncio.create_task(send(cleo, conversation)) for conversation in conversations}
        refused = [await answer for answer, _ in zip(asyncio.as_completed(sent), range(TOO_MANY), strict=False)]

        assert {response.status for response in refused} == {503}
        assert {response.headers["Retry-After"] for response in refused} == {"2"}
        assert {(await response.json())["code"] for response in refused} == {"unavailable"}
        assert sum(not task.done() for task in sent) == ROOM
        await lock.rollback()

    begun = [response for response in await asyncio.gather(*sent) if response.status == 200]
    assert len(begun) == ROOM
    ends = [(await Events(response).all())[-1] for response in begun]
    assert [end["answer"]["status"] for end in ends] == ["complete"] * ROOM


async def test_there_is_room_again_once_answers_have_ended(cleo: Person) -> None:
    for _ in range(ROOM * 2):
        await (await cleo.ask("echo: here")).all()
