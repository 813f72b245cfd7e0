"""Streams that are opened and dropped cost no memory. ``LATENT_CHAOS_STREAMS`` makes it longer (``make chaos``)."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import psutil
import pytest

from tests.support.sandbox import Faults
from tests.support.serve import Serve
from tests.support.server import Events

STREAMS = int(os.environ.get("LATENT_CHAOS_STREAMS", "2000"))
AT_ONCE = 50
GROWTH_MAX = 0.05


@pytest.fixture
def serve(data_dir: Path, faults: Faults) -> Iterator[Serve]:
    serve = Serve(data_dir, LATENT_SANDBOX_URL=faults.url).start()
    yield serve
    serve.stop()


async def ask(browser: aiohttp.ClientSession) -> str:
    """Begin an answer that goes on for ever, leave, and return its id."""
    async with browser.post("/api/conversations", json={}) as made:
        conversation = (await made.json())["id"]
    body = {"content": "Write 20000 words", "model_id": "demo/demo-swift"}
    async with browser.post(f"/api/conversations/{conversation}/messages/stream", json=body) as response:
        return str((await Events(response).next("started"))["answer"]["id"])


async def drop_many(browser: aiohttp.ClientSession, answers: list[str], count: int) -> None:
    """Open so many streams, read a little of each, and hang up."""

    async def drop(number: int) -> None:
        async with browser.get(f"/api/messages/{answers[number % len(answers)]}/stream") as response:
            assert orjson.loads((await response.content.readuntil(b"\n\n")).split(b"data: ")[1])["type"] == "snapshot"
            response.close()

    for begin in range(0, count, AT_ONCE):
        await asyncio.gather(*(drop(number) for number in range(begin, min(begin + AT_ONCE, count))))


@pytest.mark.timeout(120 + STREAMS // 20)
async def test_memory_is_back_after_streams_were_opened_and_dropped(
    serve: Serve, browser: aiohttp.ClientSession, faults: Faults
) -> None:
    await faults.order(tokens_per_s=10)
    answers = [await ask(browser) for _ in range(4)]
    api = psutil.Process(serve.children("api")[0].pid)
    await drop_many(browser, answers, min(STREAMS, 1_000))
    before = api.memory_info().rss

    await drop_many(browser, answers, STREAMS)
    after = api.memory_info().rss
    print(f"{STREAMS} streams: {before / 2**20:.1f} MB before, {after / 2**20:.1f} MB after")
    assert after < before * (1 + GROWTH_MAX)
    assert len(api.net_connections()) < AT_ONCE * 2 + 20
