"""The mirror of a process's running answers in Redis, for those who follow them in other processes.

One Redis stream per answer, one entry per period: the events since the last entry, as they are sent. An entry's id is
the number of its last event, so writing one twice changes nothing, and a reader goes on from the number that it has
shown. An entry also tells the number before its first event (a gap is seen) and its epoch, the process that wrote it.
Only answers that somebody elsewhere has asked for lately are mirrored: one that nobody asked for costs nothing.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from redis.exceptions import RedisError

from backend.core.config import Settings
from backend.core.logging import get_logger
from backend.core.redis import RedisClient
from backend.services.chat_run import ChatRun

AFTER, EPOCH, FRAMES, END = b"a", b"e", b"f", b"z"

log = get_logger(__name__)


class Call(StrEnum):
    """What one process asks of the process that writes an answer. Calls may be lost; none is needed for the truth."""

    MIRROR = "mirror"
    STOP = "stop"


def calls_channel(owner_id: UUID) -> str:
    """Return the channel on which a process hears what others ask of its answers: ``<call> <answer>``."""
    return f"{RedisClient.KEY_PREFIX}runs:{owner_id}"


def mirror_key(answer_id: UUID) -> str:
    """Return the key of an answer's mirror."""
    return f"{RedisClient.KEY_PREFIX}stream:{answer_id}"


@dataclass(slots=True)
class Copied:
    """An answer that is mirrored: up to which event, until when, and when its key has to be kept alive again."""

    run: ChatRun
    seq: int
    until: float
    touch_at: float = 0.0


class StreamMirror:
    """The writing side."""

    def __init__(self, redis: RedisClient, settings: Settings, owner_id: UUID) -> None:
        self._redis = redis
        self._settings = settings
        self._epoch = owner_id.bytes
        self._copied: dict[UUID, Copied] = {}
        self._wanted = asyncio.Event()
        self._away = False

    def extend(self, run: ChatRun) -> None:
        """Mirror an answer for a while (longer), from what a reader can have found in the database."""
        until = asyncio.get_running_loop().time() + self._settings.mirror_lease_s
        copied = self._copied.setdefault(run.answer_id, Copied(run, run.stored_before, until))
        copied.until = until
        self._wanted.set()

    async def run(self) -> None:
        """Write what is new, of all answers together, once per period; until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._settings.mirror_period_s)
            try:
                await self._write()
            except (RedisError, OSError) as error:
                self._note(error)

    async def _write(self) -> None:
        settings, written, now = self._settings, [], asyncio.get_running_loop().time()
        async with self._redis.get_client().pipeline(transaction=False) as pipe:
            for copied in self._grown():
                run = copied.run
                frames, seq = (b"", run.seq) if run.ended else run.frames_after(copied.seq)
                if len(frames) <= settings.mirror_entry_bytes_max:
                    key = mirror_key(run.answer_id)
                    fields = {AFTER: copied.seq, EPOCH: self._epoch, **({END: 1} if run.ended else {FRAMES: frames})}
                    pipe.xadd(key, fields, id=f"{seq}-0", maxlen=settings.mirror_entries_max)  # type: ignore[arg-type]
                    if now >= copied.touch_at or run.ended:
                        pipe.expire(key, round(settings.mirror_lease_s))
                        copied.touch_at = now + settings.mirror_lease_s / 3
                written.append((copied, seq))
            await pipe.execute(raise_on_error=False)  # an entry that was there, or that Redis has no room for
        for copied, seq in written:
            copied.seq = seq
        self._away = False

    def _grown(self) -> list[Copied]:
        """Return the answers of which there is something new, and let go of those that are done with."""
        now = asyncio.get_running_loop().time()
        grown = [copied for copied in self._copied.values() if copied.run.seq > copied.seq]
        for copied in list(self._copied.values()):
            if copied.run.ended or copied.until < now:
                del self._copied[copied.run.answer_id]
        if not self._copied:
            self._wanted.clear()
        return grown

    def _note(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            log.warning("Redis is away; answers are followed elsewhere by their checkpoints", reason=str(error))
