"""Tasks in the background that are to end."""

import asyncio

from backend.core.background import end_tasks


async def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
    begun, swallowed = asyncio.Event(), 0

    async def work() -> None:
        nonlocal swallowed
        while True:
            try:
                begun.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(work())
    await begun.wait()
    await asyncio.wait_for(end_tasks(task, again_s=0.01), 10)

    assert (task.cancelled(), swallowed) == (True, 2)


async def test_tasks_that_failed_or_ended_before_are_no_error() -> None:
    async def fail() -> None:
        raise RuntimeError

    done = [asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))]
    await asyncio.wait(done)
    await end_tasks(*done)
