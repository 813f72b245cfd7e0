"""Where results are made: up to two drawing processes, started when they are needed and ended when they are not.

The imaging libraries live in those processes only, so an idle sandbox stays small and a hostile reference picture
cannot take it down.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson

from backend.sandbox.render.order import RenderOrder

PROCESSES_MAX = 2
IDLE_S = 60.0
ORDER_S_MAX = 300.0
STOP_S = 2.0
COMMAND = (sys.executable, "-m", "backend.sandbox.render.process")


class RenderFailed(Exception):
    """The order could not be carried out; the text says why."""


class Darkroom:
    """Draws one order at a time in each process; further ones wait for their turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(PROCESSES_MAX)
        self._idle: list[tuple[Process, asyncio.TimerHandle]] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def draw(self, order: RenderOrder) -> None:
        """Write what is ordered to its target. Raises RenderFailed."""
        async with self._turn, self._process() as process:
            answer = await _ask(process, orjson.dumps(order.to_wire()) + b"\n")
        if reason := orjson.loads(answer)["error"]:
            raise RenderFailed(reason)

    async def close(self) -> None:
        """End all processes."""
        idle, self._idle = self._idle, []
        for process, timer in idle:
            timer.cancel()
            self._end(process)
        await asyncio.gather(*self._ending)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[Process]:
        """Lend a process; one that was left in the middle of an order is ended, not lent again."""
        if self._idle:
            process, timer = self._idle.pop()
            timer.cancel()
        else:
            process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, start_new_session=True)
        try:
            yield process
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            self._end(process)
            raise
        timer = asyncio.get_running_loop().call_later(IDLE_S, self._retire, process)
        self._idle.append((process, timer))

    def _retire(self, process: Process) -> None:
        self._idle = [entry for entry in self._idle if entry[0] is not process]
        self._end(process)

    def _end(self, process: Process) -> None:
        task = asyncio.create_task(_end(process))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _ask(process: Process, line: bytes) -> bytes:
    """Return a process's answer to an order. Raises RenderFailed when none comes."""
    if process.stdin is None or process.stdout is None:
        raise RenderFailed("the drawing process has no pipes")
    try:
        process.stdin.write(line)
        async with asyncio.timeout(ORDER_S_MAX):
            answer = await process.stdout.readline()
    except (TimeoutError, ConnectionError):
        raise RenderFailed("the drawing process does not answer") from None
    if not answer:
        raise RenderFailed("the drawing process died")
    return answer


async def _end(process: Process) -> None:
    """Let a process end by closing its input; a deaf one is killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
