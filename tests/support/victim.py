"""A process that does one thing and is killed in the middle of it, at a named point.

``python -m tests.support.victim`` reads one order (a line of JSON) after another, forks a child for each, lets it run
into SIGKILL, and answers with how it ended. The points are functions of the product, wrapped in the child alone.
"""

import asyncio
import functools
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from backend.bootstrap import open_container
from backend.core.config import Settings
from backend.core.database import Database
from backend.core.logging import setup_logging
from backend.repositories import credit_repository, message_repository
from backend.services import chat_run, chat_runs
from backend.services.adapters.base import ChatCompletionChunk
from backend.services.credit_service import credit_lock
from backend.services.message_service import wait_for_end
from backend.services.message_stream_service import MessageStreamService

CHARGE_MC = 300
PIECES = 6
Order = dict[str, Any]


def die(*_arguments: object, **_named: object) -> None:
    """End as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> Callable[[], None]:
    """Return what makes a function the last thing that is not done."""
    return lambda: setattr(owner, name, die)


def after(owner: Any, name: str) -> Callable[[], None]:
    """Return what makes a function the last thing that is done: its transaction is open, or it was one of its own."""

    def arm() -> None:
        function = getattr(owner, name)

        @functools.wraps(function)
        async def last(*arguments: Any, **named: Any) -> None:
            await function(*arguments, **named)
            die()

        setattr(owner, name, last)

    return arm


def committed(owner: Any, name: str) -> Callable[[], None]:
    """Return what makes the commit of a function's transaction the last thing that is done."""

    def arm() -> None:
        function, unit_of_work = getattr(owner, name), Database.unit_of_work
        callers: set[asyncio.Task[Any] | None] = set()

        @functools.wraps(function)
        async def note(*arguments: Any, **named: Any) -> Any:
            callers.add(asyncio.current_task())
            return await function(*arguments, **named)

        @asynccontextmanager
        async def unit(database: Database) -> AsyncIterator[Any]:
            async with unit_of_work(database) as db:
                yield db
            if asyncio.current_task() in callers:
                die()

        setattr(owner, name, note)
        Database.unit_of_work = unit  # type: ignore[method-assign]

    return arm


def pieces(count: int) -> Callable[[], None]:
    """Return what makes the n-th piece of an answer the last one."""

    def arm() -> None:
        stream = chat_runs.stream_ai_response

        async def cut(*arguments: Any, **named: Any) -> AsyncGenerator[ChatCompletionChunk]:
            left = count
            async for chunk in stream(*arguments, **named):
                if left == 0:
                    die()
                left -= 1
                yield chunk

        chat_runs.stream_ai_response = cut  # type: ignore[attr-defined]

    return arm


LOCK_POINTS = {
    "before the hold": before(credit_repository, "lock"),
    "held": after(credit_repository, "lock"),
    "at work": lambda: None,
    "before the settlement": before(credit_repository, "end"),
    "settled": after(credit_repository, "end"),
}
TURN_POINTS = {
    "before the turn": before(message_repository, "begin_turn"),
    "begun, not committed": after(message_repository, "begin_turn"),
    "begin committed": committed(message_repository, "begin_turn"),
    "before the run": before(chat_runs.ChatRuns, "launch"),
    "before the provider": pieces(0),
    "after a piece": pieces(1),
    "after several pieces": pieces(PIECES),
    "before a checkpoint": before(message_repository, "checkpoint"),
    "after a checkpoint": after(message_repository, "checkpoint"),
    "before the end is computed": before(chat_runs, "settle_answer"),
    "before the end": before(message_repository, "finish_turn"),
    "ended": after(message_repository, "finish_turn"),
    "before the end is told": before(chat_run.ChatRun, "end"),
}


async def run_lock(order: Order, settings: Settings) -> None:
    """Hold, work, settle."""
    database = Database(order["database_url"], settings)
    task_id, user_id = UUID(order["task_id"]), UUID(order["user_id"])
    async with credit_lock(database, task_id, user_id, order["amount_mc"], "work", ttl_s=0) as held:
        held.charge_mc = CHARGE_MC
        if order["point"] == "at work":
            die()


async def run_turn(order: Order, settings: Settings) -> None:
    """Ask a model, and wait for its whole answer."""
    async with open_container(settings) as parts:
        streams = MessageStreamService(parts.database, parts.registry, parts.runs, parts.settings)
        conversation_id, user_id = UUID(order["conversation_id"]), UUID(order["user_id"])
        stream = await streams.send_message_stream(
            conversation_id, user_id, "Hello", order["model_id"], key=order["key"]
        )
        await wait_for_end(stream)


SCENARIOS: dict[str, tuple[dict[str, Callable[[], None]], Callable[[Order, Settings], Awaitable[None]]]] = {
    "lock": (LOCK_POINTS, run_lock),
    "turn": (TURN_POINTS, run_turn),
}


def suffer(order: Order) -> None:
    """Be the child."""
    setup_logging(level="error", json=True)
    points, scenario = SCENARIOS[order["scenario"]]
    points[order["point"]]()
    settings = Settings(
        data_dir=order["data_dir"],
        database_url=order["database_url"],
        redis_url=order["redis_url"],
        sandbox_url=order["sandbox_url"],
        checkpoint_s=0.01,
    )
    asyncio.run(scenario(order, settings))


def main() -> None:
    """Serve orders until there are no more."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                suffer(json.loads(line))
            finally:
                os._exit(1 if sys.exc_info()[0] else 0)
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
