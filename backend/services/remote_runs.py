"""Answers that another process writes: followed, and stopped, from here.

What is shown is the text in the database and the event that it stands at, then the events after it from the mirror.
Whatever is missing there, and the end, is looked up in the database, so nothing that Redis loses can hang a reader.
"""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import NotFound, Unavailable
from backend.core.logging import get_logger
from backend.models import MessageStatus
from backend.repositories import message_repository as messages
from backend.repositories.message_repository import Row
from backend.services.chat_run import PING, encode_event
from backend.services.message_utils import format_message
from backend.services.stream_mirror import Call
from backend.services.stream_tails import StreamTails, Tail

STOP_LOOKS_S = (0.05, 0.1, 0.2, 0.4)
"""How long a stop waits before it looks whether the answer has ended; then the last pause again and again."""

log = get_logger(__name__)


class RemoteRuns:
    """The answers of other processes."""

    def __init__(self, database: Database, tails: StreamTails, settings: Settings) -> None:
        self._database = database
        self._tails = tails
        self._settings = settings

    async def follow(self, row: Row, after: int | None) -> AsyncGenerator[bytes]:
        """Yield the events of an answer as bytes, from after an event on (None: a snapshot first), to its end.

        One that has ended is told at once. Raises NotFound when it is deleted meanwhile.
        """
        if after is None or not is_running(row):
            yield snapshot(row)
        if is_running(row):
            with self._tails.watch(UUID(row["id"]), UUID(row["owner_id"])) as tail:
                tail.place(row["stream_seq"] if after is None else after)
                async for frames in self._follow_tail(row, tail):
                    yield frames
            row = await self._find(row)
        if not is_running(row):
            yield encode_event(0, {"type": "end", "answer": format_message(row)})

    async def _follow_tail(self, row: Row, tail: Tail) -> AsyncGenerator[bytes]:
        """Yield what the mirror tells, and a snapshot where it tells nothing, until the answer has ended."""
        clock, looked_at = asyncio.get_running_loop().time, 0.0
        deadline = clock() + self._settings.stream_max_s
        while clock() < deadline:
            if frames := await tail.news(self._settings.checkpoint_s * 2):
                yield frames
                continue
            # A gap in the mirror is closed by the next checkpoint at the latest: asking more often finds nothing.
            await asyncio.sleep(max(0.0, looked_at + self._settings.checkpoint_s - clock()))
            looked_at = clock()
            try:
                newer = await self._look(row, tail)
            except (SQLAlchemyError, OSError) as error:
                log.warning("an answer could not be looked up; trying again", reason=str(error))
                newer = None
            if newer is None:
                yield PING
            elif is_running(newer):
                tail.place(newer["stream_seq"])
                yield snapshot(newer)
            else:
                return

    async def _look(self, row: Row, tail: Tail) -> Row | None:
        """Return the answer as it is stored; None when that is what the reader has."""
        async with self._database.one_statement() as db:
            progress = await messages.find_progress(db, UUID(row["id"]))
        if progress == (MessageStatus.STREAMING, tail.seq) and not tail.lost:
            return None
        return await self._find(row)

    async def _find(self, row: Row) -> Row:
        async with self._database.one_statement() as db:
            found = await messages.find_message(db, UUID(row["id"]), UUID(row["user_id"]))
        if found is None:
            raise NotFound
        return found

    async def stop(self, answer_id: UUID, user_id: UUID) -> None:
        """Let the process that writes an answer stop it, and return when it has ended.

        The wish is stored, and told to that process at once. Raises Unavailable when neither helped in the time in
        which the answer of a dead process would have been ended.
        """
        async with self._database.one_statement() as db:
            owner_id = await messages.request_stop(db, answer_id, user_id)
        if owner_id is None:
            return
        await self._tails.call(Call.STOP, answer_id, owner_id)
        clock = asyncio.get_running_loop().time
        deadline, looks = clock() + 2 * self._settings.run_owner_timeout_s, iter(STOP_LOOKS_S)
        while clock() < deadline:
            await asyncio.sleep(next(looks, STOP_LOOKS_S[-1]))
            async with self._database.one_statement() as db:
                progress = await messages.find_progress(db, answer_id)
            if progress is None or progress[0] != MessageStatus.STREAMING:
                return
        raise Unavailable(retry_after_s=2)


def is_running(row: Row) -> bool:
    """Tell whether an answer is being written."""
    return bool(row["status"] == MessageStatus.STREAMING)


def snapshot(row: Row) -> bytes:
    """Return an answer as it is stored, as the event that it stands at."""
    return encode_event(row["stream_seq"], {"type": "snapshot", "answer": format_message(row)})
