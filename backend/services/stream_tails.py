"""What other processes write, for those who follow it here: one read of Redis at a time for all of them together."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.logging import get_logger
from backend.core.redis import RedisClient
from backend.services.stream_mirror import AFTER, END, EPOCH, FRAMES, Call, calls_channel, mirror_key

ENTRIES_AT_ONCE = 8
PAUSE_S = 1.0

log = get_logger(__name__)


class Tail:
    """One reader's place in another process's answer, and the little that it has not sent yet.

    ``lost``: what comes next is not here (forgotten, too much, of another epoch), so it has to begin anew.
    """

    __slots__ = ("_bytes_max", "_frames", "_size", "_woken", "answer_id", "ended", "lost", "owner_id", "seq")

    def __init__(self, answer_id: UUID, owner_id: UUID, *, bytes_max: int) -> None:
        self.answer_id = answer_id
        self.owner_id = owner_id
        self._bytes_max = bytes_max
        self._woken = asyncio.Event()
        self.place(0)

    def place(self, seq: int) -> None:
        """Go on after an event."""
        self.seq = seq
        self.lost = self.ended = False
        self._frames: list[bytes] = []
        self._size = 0

    def take(self, seq: int, entry: Mapping[bytes, bytes]) -> None:
        """Take an entry of the mirror in, as far as it is new."""
        if self.lost or self.ended or seq <= self.seq:
            return
        after = int(entry[AFTER])
        frames = entry.get(FRAMES, b"")
        if entry[EPOCH] != self.owner_id.bytes or after > self.seq or self._size + len(frames) > self._bytes_max:
            self._frames.clear()
            self.lost = True
        elif END in entry:
            self.ended = True
        else:
            self._frames.append(without_first(frames, self.seq - after))
            self._size += len(frames)
            self.seq = seq
        self._woken.set()

    async def news(self, timeout_s: float) -> bytes:
        """Return the events that are new, once there are some; nothing after the time, the end, or when lost."""
        if not (self._frames or self.lost or self.ended):
            self._woken.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._woken.wait()
            except TimeoutError:
                return b""
        frames = b"".join(self._frames)
        self._frames.clear()
        self._size = 0
        return frames


class StreamTails:
    """The reading side of this process. ``start`` and ``close`` belong to the process's life."""

    def __init__(self, redis: RedisClient, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._tails: set[Tail] = set()
        self._wanted = asyncio.Event()
        self._unasked: set[Tail] = set()
        self._ask_at = 0.0
        self._away = False
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read."""
        self._reading = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Read no more."""
        if self._reading is not None:
            await end_tasks(self._reading)

    @contextmanager
    def watch(self, answer_id: UUID, owner_id: UUID) -> Iterator[Tail]:
        """Read an answer that another process writes while the context is open."""
        tail = Tail(answer_id, owner_id, bytes_max=self._settings.tail_bytes_max)
        self._tails.add(tail)
        self._unasked.add(tail)
        self._wanted.set()
        try:
            yield tail
        finally:
            self._tails.remove(tail)
            self._unasked.discard(tail)

    async def call(self, call: Call, answer_id: UUID, owner_id: UUID) -> None:
        """Ask something of the process that writes an answer; without Redis it is not heard."""
        try:
            await self._redis.get_client().publish(calls_channel(owner_id), f"{call} {answer_id}")
        except (RedisError, OSError) as error:
            self._note(error)

    async def _run(self) -> None:
        """Read what is new for everyone who follows something, until cancelled."""
        while True:
            await self._wanted.wait()
            try:
                await self._ask()
                await self._read()
                self._away = False
            except (RedisError, OSError) as error:
                self._note(error)
                await asyncio.sleep(PAUSE_S)
            if not self._tails:
                self._wanted.clear()

    async def _ask(self) -> None:
        """Let what is new here be mirrored, and all that is followed here a while longer."""
        now, asked = asyncio.get_running_loop().time(), self._unasked
        if now >= self._ask_at:
            asked, self._ask_at = self._tails, now + self._settings.mirror_lease_s / 3
        if asked:
            async with self._redis.get_client().pipeline(transaction=False) as pipe:
                for tail in asked:
                    pipe.publish(calls_channel(tail.owner_id), f"{Call.MIRROR} {tail.answer_id}")
                self._unasked.clear()
                await pipe.execute()

    async def _read(self) -> None:
        readers: dict[str, list[Tail]] = {}
        for tail in self._tails:
            if not (tail.lost or tail.ended):
                readers.setdefault(mirror_key(tail.answer_id), []).append(tail)
        if not readers:
            await asyncio.sleep(self._settings.mirror_period_s)
            return
        places: dict[Any, Any] = {key: f"{min(tail.seq for tail in tails)}-0" for key, tails in readers.items()}
        block_ms = round(self._settings.mirror_period_s * 1000)
        found: Any = await self._redis.get_client().xread(places, count=ENTRIES_AT_ONCE, block=block_ms)
        for key, entries in found or ():
            for name, entry in entries:
                for tail in readers[key.decode()]:
                    tail.take(int(name.partition(b"-")[0]), entry)

    def _note(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            log.warning(
                "Redis is away; answers of other processes are followed by their checkpoints", reason=str(error)
            )


def without_first(frames: bytes, count: int) -> bytes:
    """Return events without the first few; an event ends with an empty line, and holds none."""
    return frames.split(b"\n\n", count)[count] if count else frames
