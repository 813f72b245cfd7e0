"""Ending what runs in the background, for good."""

import asyncio
from typing import Any

AGAIN_S = 1.0


async def end_tasks(*tasks: asyncio.Future[Any], again_s: float = AGAIN_S) -> None:
    """Cancel tasks and return once all of them have ended, however they did.

    Whoever has not ended after ``again_s`` is cancelled again: a library may swallow a cancellation that comes at the
    wrong moment (redis-py does while it connects), and a task that was asked only once then goes on for ever.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)  # so that nobody asks why an error was never looked at
