"""Workers that are killed: tasks go on elsewhere, are sent once, and are charged once."""

import asyncio

import psycopg
import pytest

from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, until
from tests.support.workers import kill, ledger_is_whole, worker_process

PRICE_MC = 8_000
ENDS_WITHIN_S = 20


@pytest.mark.parametrize("state", ["running", "saving"])
async def test_a_killed_workers_task_goes_on_and_is_charged_once(
    anna: Person, faults: Faults, app: RunningApp, state: str
) -> None:
    before = await anna.get("/api/credits")
    await faults.order(**({"never_ends": True} if state == "running" else {"link": "drip"}))
    async with worker_process(app) as first:
        task_id = (await anna.make())["task"]["id"]
        await anna.reaches(task_id, state)
        await kill(first)
    await faults.order()

    async with worker_process(app):
        task = await anna.finished(task_id)
    counts = (await faults.state())["counts"]
    assert (task["state"], task["charged_mc"], counts["create_task"]) == ("completed", PRICE_MC, 1)
    after = await anna.get("/api/credits")
    assert (after["held_mc"], after["balance_mc"]) == (0, before["balance_mc"] - PRICE_MC)
    assert ledger_is_whole(app.container.settings)


async def test_a_worker_killed_while_it_sends_leaves_the_task_unconfirmed(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    before = await anna.get("/api/credits")
    await faults.order(create_then="silence")
    async with worker_process(app) as first:
        task_id = (await anna.make())["task"]["id"]
        await anna.reaches(task_id, "submitting")
        await faults.counted("create_task")
        await kill(first)
    await faults.order()

    async with worker_process(app):
        task = await anna.finished(task_id)
    assert (task["state"], task["error"]["code"], task["charged_mc"]) == ("failed", "task_unconfirmed", 0)
    assert (await faults.state())["counts"]["create_task"] == 1
    assert await anna.get("/api/credits") == before


async def test_a_worker_that_is_told_to_end_hands_its_tasks_over(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(never_ends=True)
    async with worker_process(app, LATENT_SHUTDOWN_GRACE_S="0.5"):
        ids = [(await anna.make(f"number {number}"))["task"]["id"] for number in range(3)]
        for task_id in ids:
            await anna.reaches(task_id, "running")
    await faults.order()

    async with worker_process(app):
        ended = [await anna.finished(task_id) for task_id in ids]
    assert {task["state"] for task in ended} == {"completed"}
    assert (await faults.state())["counts"]["create_task"] == 3


async def test_tasks_without_a_job_are_found(anna: Person, app: RunningApp) -> None:
    task_id = (await anna.make())["task"]["id"]
    url = app.container.settings.database_url
    with psycopg.connect(url.get_secret_value() if url else "", autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")

    async with worker_process(app):
        assert (await anna.finished(task_id))["state"] == "completed"


async def test_a_worker_that_the_queue_has_struck_off_ends(app: RunningApp) -> None:
    url = app.container.settings.database_url
    with psycopg.connect(url.get_secret_value() if url else "", autocommit=True) as connection:

        async def struck_off() -> bool:
            return connection.execute("DELETE FROM procrastinate_workers").rowcount == 1

        async with worker_process(app) as process:
            await until(struck_off, "a worker that is known")
            assert await asyncio.wait_for(process.wait(), ENDS_WITHIN_S) != 0


async def test_an_emptied_redis_is_refilled_from_the_database(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(never_ends=True)
    limit = app.container.settings.image_limit_per_user
    for number in range(limit):
        await anna.make(f"number {number}")
    await app.container.redis.get_client().flushall()

    assert (await anna.make("one more"))["task"]["state"] == "waiting"
    async with worker_process(app):
        await faults.order()
        tasks = [await anna.finished(task["id"]) for task in (await anna.get("/api/tasks"))["items"]]
    assert {task["state"] for task in tasks} == {"completed"}
