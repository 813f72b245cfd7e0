"""Answers while everything around them is killed: complete and as the provider sent them, or interrupted by name.

``LATENT_CHAOS_KILLS`` makes it longer (``make chaos``).
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import aiohttp
import psutil
import psycopg
import pytest

from backend.repositories.ledger_audit import find_faults
from backend.sandbox.texts import compose_answer
from backend.services.charging import FREE
from tests.support.sandbox import Faults
from tests.support.serve import Serve, wait_for
from tests.support.viewer import Viewer, Watched

KILLS = int(os.environ.get("LATENT_CHAOS_KILLS", "24"))
SEED = int(os.environ.get("LATENT_CHAOS_SEED", "5"))
NAMED_WITHIN_S = 15.0
TABS = 6
MODEL = "demo/demo-swift"


@pytest.fixture
def serve(data_dir: Path, faults: Faults) -> Iterator[Serve]:
    """The shipped command with two API processes, on the tests' provider."""
    serve = Serve(
        data_dir,
        LATENT_SANDBOX_URL=faults.url,
        LATENT_API_PROCESSES="2",
        LATENT_START_CREDITS_MC="100000000",
        LATENT_LOG_LEVEL="critical",
    ).start()
    yield serve
    serve.stop()


async def new_conversation(browser: aiohttp.ClientSession) -> str:
    async with browser.post("/api/conversations", json={}) as response:
        return str((await response.json())["id"])


def check(watched: Watched, question: str, killed_at: list[float]) -> str:
    """Return how an answer ended; it has to be one of the ways in which it may."""
    expected, end = compose_answer(question), watched.end
    assert end is not None
    for text in watched.texts:
        assert expected.startswith(text), (text[-80:], len(text))
    if end["status"] == "complete":
        assert end["content"] == expected
        return "complete"
    assert (end["status"], end["error"]["code"]) == ("interrupted", "interrupted"), end
    assert end["credits"]["charged_mc"] == 0
    ended = datetime.fromisoformat(end["finished_at"]).timestamp()
    before = [moment for moment in killed_at if moment < ended]
    assert ended - before[-1] < NAMED_WITHIN_S
    return "interrupted"


class Killer:
    """Kills something by lot."""

    def __init__(self, serve: Serve, viewers: list[Viewer]) -> None:
        self._serve = serve
        self._viewers = viewers
        self._random = Random(SEED)
        self.killed_at: list[float] = []

    async def kill_many(self, count: int) -> None:
        """Kill so many, at random moments."""
        for _ in range(count):
            await asyncio.sleep(self._random.uniform(0.1, 1.2))
            target = self._random.choice(("tab", "tab", "api", "worker", "valkey", "postgres"))
            await asyncio.to_thread(self._kill, target) if target != "tab" else self._cut()

    def _cut(self) -> None:
        if self._viewers:
            self._random.choice(self._viewers).cut()

    def _kill(self, target: str) -> None:
        number = signal.SIGKILL
        if target in ("api", "worker"):
            wait_for(lambda: bool(self._serve.children(target)), target)
            victim = self._random.choice(self._serve.children(target))
        else:
            wait_for(lambda: self._is_up(target), target)
            victim = self._serve.server(target)
            number = self._random.choice((signal.SIGKILL, signal.SIGINT))
        self.killed_at.append(time.time())
        victim.send_signal(number)

    def _is_up(self, name: str) -> bool:
        try:
            return self._serve.server(name).is_running()
        except (FileNotFoundError, StopIteration, IndexError, psutil.Error):
            return False


@pytest.mark.timeout(120 + 6 * KILLS)
async def test_whatever_is_killed_each_answer_is_whole_or_interrupted_by_name(
    serve: Serve, browser: aiohttp.ClientSession, faults: Faults
) -> None:
    await faults.order(tokens_per_s=120)
    viewers: list[Viewer] = []
    killer = Killer(serve, viewers)
    killing = asyncio.create_task(killer.kill_many(KILLS))
    ends: list[str] = []

    async def keep_asking(tab: int, conversation: str) -> None:
        number = 0
        while not killing.done():
            number += 1
            question = f"Write {60 + 40 * (number % 4)} words for tab {tab}"
            viewer = Viewer(browser, Watched())
            viewers.append(viewer)
            async with asyncio.timeout(120):
                watched = await viewer.ask(conversation, question, MODEL)
            viewers.remove(viewer)
            ends.append(check(watched, question, killer.killed_at))

    conversations = [await new_conversation(browser) for _ in range(TABS)]
    await asyncio.gather(*(keep_asking(tab, conversation) for tab, conversation in enumerate(conversations)))
    await killing
    print(f"{KILLS} kills: {ends.count('complete')} complete, {ends.count('interrupted')} interrupted")
    assert ends.count("complete") > 0

    wait_for(lambda: serve.get("/readyz") == 200 and bool(serve.children("worker")), "readiness")
    with psycopg.connect(serve.database_url(), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM messages WHERE status = 'streaming'").fetchone() == (0,)
        assert connection.execute("SELECT sum(held_mc) FROM credit_accounts").fetchone() == (0,)
        assert find_faults(connection, free=FREE) == []
