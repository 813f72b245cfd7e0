"""Processes and servers that go while answers are written: answers go on, or end by name."""

import asyncio
from contextlib import AsyncExitStack

import psycopg

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.support.sandbox import Faults
from tests.support.server import Person, run_app, sign_up

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


async def test_a_process_that_is_told_to_end_interrupts_its_answers_by_name(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    await faults.order(silence_after=5)
    changed = {"sandbox_url": faults.url, "shutdown_grace_s": 0.3}
    async with AsyncExitStack() as process:
        app = await process.enter_async_context(run_app(settings.model_copy(update=changed)))
        mia = await sign_up(app)
        stream = await mia.ask("Write 100 words")
        for _ in range(5):
            await stream.next("delta")
        before = await mia.get("/api/credits")

        ending = asyncio.create_task(process.pop_all().aclose())
        end = (await stream.all())[-1]
        await ending
        await mia.close()
    assert (end["type"], end["answer"]["status"], end["answer"]["error"]["code"]) == (
        "end", "interrupted", "interrupted",
    )  # fmt: skip
    assert end["answer"]["content"].startswith("## Part 1")
    assert (before["held_mc"] > 0, end["answer"]["credits"]["charged_mc"]) == (True, 0)


async def test_a_process_that_is_told_to_end_lets_short_answers_finish(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    await faults.order(tokens_per_s=100)
    async with AsyncExitStack() as process:
        app = await process.enter_async_context(run_app(settings.model_copy(update={"sandbox_url": faults.url})))
        mia = await sign_up(app)
        stream = await mia.ask("Write 30 words")
        await stream.next("delta")

        ending = asyncio.create_task(process.pop_all().aclose())
        assert (await stream.all())[-1]["answer"]["status"] == "complete"
        await ending
        await mia.close()


async def test_an_answer_outlives_the_connections_to_the_database(
    anna: Person, faults: Faults, postgres_url: str
) -> None:
    await faults.order(tokens_per_s=60)
    conversation = await anna.conversation()
    stream = await anna.ask("Write 120 words", conversation=conversation)
    await stream.next("delta")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for _ in range(3):
            await stream.next("delta")
            connection.execute(f"{CUT} AND state = 'idle'")

    end = (await stream.all())[-1]["answer"]
    stored = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][-1]
    assert (end["status"], stored) == ("complete", end)


async def test_a_database_that_is_away_is_said_to_be_away(anna: Person, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE latent NOLOGIN")
        try:
            connection.execute(CUT)
            status, problem = await anna.call("GET", "/api/conversations")
        finally:
            connection.execute("ALTER ROLE latent LOGIN")

    assert (status, problem["code"]) == (503, "unavailable")
    assert (await anna.call("GET", "/api/conversations"))[0] == 200
