"""Answers whose end could not be stored: nobody waits for ever, nothing stays held, the process goes on living."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import UUID

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from backend.services import chat_runs
from tests.support.ledger import open_ledger
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up, until

OWNER_TIMEOUT_S = 0.4


@pytest.fixture
async def impatient(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningApp]:
    """The product with a short patience: it gives an end up, and looks for orphans, within a second."""
    monkeypatch.setattr(chat_runs, "FINISH_PAUSE_S", 0.001)
    changed = {"sandbox_url": faults.url, "run_owner_timeout_s": OWNER_TIMEOUT_S}
    async with run_app(settings.model_copy(update=changed)) as running:
        yield running


@pytest.fixture
async def mia(impatient: RunningApp) -> AsyncIterator[Person]:
    person = await sign_up(impatient)
    yield person
    await person.close()


@pytest.fixture
def refusing(postgres_url: str) -> Iterator[Callable[[bool], None]]:
    """Let the database refuse to end answers, or take that back."""

    def switch(on: bool) -> None:
        names = ("finish_turn", "finish_turn_gone") if on else ("finish_turn_gone", "finish_turn")
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("ALTER FUNCTION {} RENAME TO {}".format(*names).encode())

    yield switch
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        if connection.execute("SELECT to_regproc('finish_turn_gone') IS NOT NULL").fetchone() == (True,):
            connection.execute("ALTER FUNCTION finish_turn_gone RENAME TO finish_turn")


async def test_an_end_that_the_database_refused_is_reaped_while_the_process_lives(
    mia: Person, refusing: Callable[[bool], None], postgres_url: str
) -> None:
    conversation = await mia.conversation()
    before = await mia.get("/api/credits")
    refusing(True)
    end = (await (await mia.ask("Hello", conversation=conversation)).all())[-1]
    assert (end["type"], end["answer"]["status"]) == ("end", "interrupted")
    refusing(False)

    async def is_ended() -> bool:
        stored = (await mia.get(f"/api/conversations/{conversation}/messages"))["items"][-1]
        return bool(stored["status"] == "interrupted" and stored["credits"]["charged_mc"] == 0)

    await until(is_ended, "the reaper")
    assert await mia.get("/api/credits") == before
    with open_ledger(postgres_url) as ledger:
        assert ledger.faults() == []


async def test_an_end_that_cannot_even_be_computed_is_told_and_reaped(
    mia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    before = await mia.get("/api/credits")
    monkeypatch.setattr(chat_runs, "settle_answer", fail)
    end = (await (await mia.ask("Hello")).all())[-1]
    assert (end["type"], end["answer"]["status"]) == ("end", "interrupted")

    async def is_returned() -> bool:
        return bool(await mia.get("/api/credits") == before)

    await until(is_returned, "the reaper")


async def test_a_stop_that_comes_while_the_end_is_stored_does_not_break_it(
    mia: Person, impatient: RunningApp, faults: Faults, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, stop = asyncio.Event(), impatient.container.runs.stop

    async def note_and_stop(answer_id: UUID) -> bool:
        stopped.set()
        return await stop(answer_id)

    monkeypatch.setattr(impatient.container.runs, "stop", note_and_stop)
    await faults.order(tokens_per_s=50)
    stream = await mia.ask("echo: a few words that take a moment")
    answer_id = (await stream.next("started"))["answer"]["id"]
    with psycopg.connect(postgres_url) as blocker, psycopg.connect(postgres_url, autocommit=True) as observer:
        blocker.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", [answer_id])

        async def is_ending() -> bool:
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%finish_turn%'"
            return observer.execute(waiting).rowcount > 0

        await until(is_ending, "the answer's end")
        stopping = asyncio.create_task(mia.call("POST", f"/api/messages/{answer_id}/stop"))
        await stopped.wait()
        blocker.commit()

    end = (await stream.all())[-1]
    assert (end["type"], end["answer"]["status"]) == ("end", "complete")
    assert await stopping == (200, end["answer"])


async def test_a_long_answer_is_not_taken_for_an_orphan(mia: Person, faults: Faults) -> None:
    await faults.order(tokens_per_s=30)
    events = await (await mia.ask(f"Write {round(OWNER_TIMEOUT_S * 60)} words")).all()

    assert events[-1]["answer"]["status"] == "complete"
