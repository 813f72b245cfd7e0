"""A reader that takes nothing costs its own connection only: the answer goes on, and the reader may come again."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from backend.api.sse_response import EventStreamResponse
from backend.core.config import Settings
from backend.core.redis import RedisClient
from backend.services.stream_tails import Tail, without_first
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up, until

PIECES = 20_000
"""Enough events that these buffers do not take them all."""
SEND_BUFFER = 32 * 1024
OWNER = UUID(int=1)


@pytest.fixture
async def hasty(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[RunningApp]:
    """The product that soon loses patience with whoever does not read."""
    changes = {"sandbox_url": faults.url, "write_stall_s": 0.5, "answer_tokens_max": PIECES}
    async with run_app(settings.model_copy(update=changes), send_buffer=SEND_BUFFER) as running:
        yield running


@pytest.fixture
async def mia(hasty: RunningApp) -> AsyncIterator[Person]:
    person = await sign_up(hasty)
    yield person
    await person.close()


async def test_a_reader_that_takes_nothing_is_hung_up_on_and_the_answer_goes_on(
    mia: Person, hasty: RunningApp, faults: Faults
) -> None:
    await faults.order(answer="影" * PIECES, first_delay_s=0.5)
    stream = await mia.ask("Go on")
    answer_id = (await stream.next("started"))["answer"]["id"]
    async with narrow_connection(hasty) as (reader, writer):
        cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in mia.browser.cookie_jar)
        writer.write(f"GET /api/messages/{answer_id}/stream HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n")).split()[1] == b"200"
        end = (await stream.all())[-1]["answer"]

        async def is_hung_up_on() -> bool:
            return not any(isinstance(thing, EventStreamResponse) for thing in gc.get_objects())

        await until(is_hung_up_on, "the reader's end")
        seen = (await reader.read()).count("影".encode())
    assert (end["status"], len(end["content"])) == ("complete", PIECES)
    assert seen < PIECES
    again = await mia.stream(f"/api/messages/{answer_id}/stream?after={seen}", method="GET")
    assert (await again.all())[-1]["answer"] == end


@asynccontextmanager
async def narrow_connection(app: RunningApp) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect with small buffers on this side."""
    host, port = app.url.removeprefix("http://").split(":")
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=narrow, limit=4096)
        yield reader, writer
        writer.close()


async def test_readers_that_leave_leave_nothing_behind(mia: Person, hasty: RunningApp, faults: Faults) -> None:
    await faults.order(silence_after=1)
    stream = await mia.ask("wait")
    answer_id = (await stream.next("started"))["answer"]["id"]
    run = hasty.container.runs.find(UUID(answer_id))
    assert run is not None
    for _ in range(20):
        follower = await mia.stream(f"/api/messages/{answer_id}/stream", method="GET")
        await follower.next("snapshot")
        follower.leave()

    async def are_gone() -> bool:
        run.ping()
        return len(run._waiters) <= 1

    await until(are_gone, "the readers' end")
    await mia.call("POST", f"/api/messages/{answer_id}/stop")


# --- readers of other processes' answers ---


def frame(seq: int, text: str = "word") -> bytes:
    return b"id: %d\ndata: %b\n\n" % (seq, text.encode())


def entry(after: int, *frames: bytes, epoch: UUID = OWNER) -> dict[bytes, bytes]:
    return {b"a": b"%d" % after, b"e": epoch.bytes, b"f": b"".join(frames)}


async def test_a_tail_takes_each_event_once_however_the_entries_overlap() -> None:
    tail = Tail(UUID(int=2), OWNER, bytes_max=1000)
    tail.place(2)
    tail.take(3, entry(0, frame(1), frame(2), frame(3)))
    tail.take(3, entry(2, frame(3)))
    tail.take(5, entry(3, frame(4), frame(5)))

    assert await tail.news(0) == frame(3) + frame(4) + frame(5)
    assert await tail.news(0) == b""
    assert (tail.seq, tail.lost) == (5, False)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(entry(4, frame(5)), id="something is missing"),
        pytest.param(entry(2, frame(3), epoch=UUID(int=9)), id="another epoch"),
        pytest.param(entry(2, frame(3, "x" * 1000)), id="too much at once"),
    ],
)
async def test_a_tail_that_cannot_go_on_says_so_and_begins_anew(late: dict[bytes, bytes]) -> None:
    tail = Tail(UUID(int=2), OWNER, bytes_max=1000)
    tail.place(2)
    tail.take(5, late)
    tail.take(6, entry(5, frame(6)))

    assert (await tail.news(1), tail.lost) == (b"", True)
    tail.place(6)
    tail.take(7, entry(6, frame(7)))
    assert (await tail.news(1), tail.lost) == (frame(7), False)


def test_events_are_cut_where_they_end() -> None:
    frames = frame(1) + frame(2) + frame(3)

    assert [without_first(frames, count) for count in range(4)] == [
        frames, frame(2) + frame(3), frame(3), b"",
    ]  # fmt: skip
