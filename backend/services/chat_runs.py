"""All answers that this process writes: started, checkpointed, mirrored, stopped, drained; orphans of others are ended.

Restarting, crashing and overload are ordinary here: every running answer has an owner with a heartbeat in the
database, its text is stored at least every second, and whoever finds it orphaned ends it by name.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import Unavailable
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.core.metrics import PROVIDER_ERRORS, RUNS_ACTIVE, RUNS_ENDED
from backend.core.redis import RedisClient
from backend.models import MessageStatus
from backend.repositories import message_repository as messages
from backend.services.adapters.base import ChatAdapter, ChatCompletionChunk, ProviderError
from backend.services.chat_run import ChatRun
from backend.services.chat_settlement import settle_answer
from backend.services.message_ai_helpers import stream_ai_response
from backend.services.message_utils import format_message
from backend.services.orphans import OrphanReaper
from backend.services.stream_mirror import Call, StreamMirror, calls_channel

FINISH_ATTEMPTS = 5
FINISH_PAUSE_S = 0.5
CHARS_PER_TOKEN_MAX = 16
"""A token is rarely longer: a provider that ignores the length it was told is cut off there."""

log = get_logger(__name__)


class ChatRuns:
    """The running answers of this process. ``start`` and ``close`` belong to the process's life."""

    def __init__(self, database: Database, redis: RedisClient, settings: Settings) -> None:
        self.owner_id = new_id()
        self._database = database
        self._redis = redis
        self._settings = settings
        self._mirror = StreamMirror(redis, settings, self.owner_id)
        self._orphans = OrphanReaper(database, settings, self.owner_id, beats=True)
        self._runs: dict[UUID, ChatRun] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._upkeep: list[asyncio.Task[None]] = []
        self._beginning = 0
        self._closing = False

    async def start(self) -> None:
        """Register as an owner, end what dead processes left, and keep doing both."""
        await self._beat_and_reap()
        for work, period_s in (
            (self._checkpoint, self._settings.checkpoint_s),
            (self._beat_and_reap, self._orphans.period_s),
            (self._ping, self._settings.stream_ping_s),
        ):
            self._upkeep.append(asyncio.create_task(self._repeat(work, period_s)))
        for going in (self._mirror.run(), self._redis.hear(calls_channel(self.owner_id), self._take_call)):
            self._upkeep.append(asyncio.create_task(going))

    async def drain(self) -> None:
        """Take no new answers, give the running ones their grace time, and interrupt the rest."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._settings.shutdown_grace_s)
        for run_id in list(self._tasks):
            self._halt(run_id, MessageStatus.INTERRUPTED)
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._settings.shutdown_grace_s)

    async def close(self) -> None:
        """Drain, and leave."""
        await self.drain()
        await end_tasks(*self._upkeep)
        with contextlib.suppress(SQLAlchemyError, OSError):  # without it the reaper of the next process does it
            async with self._database.unit_of_work() as db:
                await messages.leave(db, self.owner_id)

    def refuse_when_full(self) -> None:
        """Raise Unavailable when this process runs as many answers as it may, or is on its way down."""
        self._refuse_beyond(len(self._runs))

    def _refuse_beyond(self, count: int) -> None:
        if self._closing or count >= self._settings.max_streams_per_process:
            raise Unavailable(retry_after_s=2)

    @contextlib.contextmanager
    def beginning(self) -> Iterator[None]:
        """Count a turn that is on its way to its run. Raises Unavailable, at once, when that is one too many."""
        self._refuse_beyond(len(self._runs) + self._beginning)
        self._beginning += 1
        try:
            yield
        finally:
            self._beginning -= 1

    def launch(self, run: ChatRun, adapter: ChatAdapter) -> None:
        """Let the answer be written, whoever is watching."""
        self._runs[run.answer_id] = run
        self._tasks[run.answer_id] = asyncio.create_task(self._produce(run, adapter))
        RUNS_ACTIVE.set(len(self._runs))

    def find(self, answer_id: UUID) -> ChatRun | None:
        """Return the running answer, if it runs here."""
        return self._runs.get(answer_id)

    async def stop(self, answer_id: UUID) -> bool:
        """Stop an answer that runs here and wait until it is stored; False when it does not."""
        task = self._tasks.get(answer_id)
        if task is None:
            return False
        self._halt(answer_id, MessageStatus.STOPPED)
        await asyncio.wait([task])
        return True

    def abandon_conversation(self, conversation_id: UUID) -> None:
        """Stop what still runs in a conversation that was deleted."""
        for run in list(self._runs.values()):
            if run.conversation_id == conversation_id:
                self._halt(run.answer_id, MessageStatus.STOPPED)

    def _take_call(self, data: bytes) -> None:
        """Do what another process asks for one of the answers here."""
        call, _, name = data.decode(errors="replace").partition(" ")
        try:
            run = self._runs.get(UUID(name))
        except ValueError:
            log.warning("a call names no answer")
            return
        if run is not None and call == Call.STOP:
            self._halt(run.answer_id, MessageStatus.STOPPED)
        elif run is not None and call == Call.MIRROR:
            self._mirror.extend(run)

    def _halt(self, answer_id: UUID, status: MessageStatus) -> None:
        run, task = self._runs[answer_id], self._tasks[answer_id]
        if run.stop_status is None and not run.read_out:
            run.stop_status = status
            if status is MessageStatus.INTERRUPTED:
                run.error = {"code": "interrupted", "params": {}}
            task.cancel()

    async def _produce(self, run: ChatRun, adapter: ChatAdapter) -> None:
        """Run one answer to its end: read the provider, store the end, tell the followers."""
        try:
            async with asyncio.timeout(self._settings.stream_max_s):
                await self._read(run, stream_ai_response(adapter, lambda: run.history, tokens_max=run.tokens_max))
        except asyncio.CancelledError:
            if run.stop_status is None:
                raise
            uncancel()
        except Exception as error:  # noqa: BLE001 - an edge: nothing above would tell the viewer
            self._note_failure(run, error)
        run.read_out = True  # from here on it cannot be stopped: its end is stored and told
        try:
            stored = await self._finish(run)
        except Exception as error:
            log.error("an answer could not be ended", answer_id=str(run.answer_id), exc_info=error)
            stored = interrupted(run), None
        finally:
            del self._runs[run.answer_id], self._tasks[run.answer_id]
            RUNS_ACTIVE.set(len(self._runs))
        run.end(*stored)

    async def _read(self, run: ChatRun, chunks: AsyncGenerator[ChatCompletionChunk]) -> None:
        chars_max = min(self._settings.answer_max_chars, run.tokens_max * CHARS_PER_TOKEN_MAX)
        async with contextlib.aclosing(chunks) as stream:
            async for chunk in stream:
                run.apply(chunk)
                if run.chars > chars_max:
                    run.finish_reason = "length"
                    return

    def _note_failure(self, run: ChatRun, error: Exception) -> None:
        run.fail(error)
        code = run.error["code"] if run.error else ""
        if isinstance(error, ProviderError):
            PROVIDER_ERRORS.labels(code).inc()
            log.warning("provider failed", answer_id=str(run.answer_id), code=code, reason=error.message)
        else:
            log.error("answer failed", answer_id=str(run.answer_id), code=code, exc_info=error)

    async def _finish(self, run: ChatRun) -> tuple[dict[str, Any], dict[str, int] | None]:
        """Store the end of an answer and settle its hold, in one statement; returns the answer and the account.

        A database that is away for a moment gets a few tries, then the reaper has it.
        """
        status = run.outcome()
        settlement = settle_answer(run, status)
        values = {
            "answer_id": run.answer_id,
            "user_id": run.user_id,
            "owner_id": self.owner_id,
            "status": status.value,
            "content": run.content,
            "reasoning": run.reasoning,
            "usage": settlement.usage,
            "error": run.error,
            "transaction_id": run.transaction_id,
            "charge_mc": settlement.charge_mc,
            "situation": settlement.situation.value,
            "result": settlement.result,
        }
        RUNS_ENDED.labels(status.value).inc()
        row, credits = None, None
        for attempt in range(FINISH_ATTEMPTS):
            try:
                async with self._database.one_statement() as db:
                    row, credits = await messages.finish_turn(db, values)
                    row = row or await messages.find_message(db, run.answer_id, run.user_id)
                break
            except (SQLAlchemyError, OSError) as error:
                log.error("the end of an answer could not be stored", attempt=attempt, exc_info=error)
                await asyncio.sleep(FINISH_PAUSE_S * 2**attempt)
        if row is not None:
            return format_message(row), credits
        return interrupted(run), credits  # its conversation was deleted meanwhile, or the database stayed away

    async def _checkpoint(self) -> None:
        """Store the text so far of every answer that grew, in one statement, and end those that were called off."""
        if not self._runs:
            return
        grown = [(run, run.seq) for run in self._runs.values() if run.dirty]
        texts = [(run.answer_id, run.content, run.reasoning, seq) for run, seq in grown]
        for run, _ in grown:
            run.dirty = False
        try:
            async with self._database.one_statement() as db:
                called_off = await messages.checkpoint(db, self.owner_id, texts, list(self._runs))
        except BaseException:
            for run, _ in grown:
                run.dirty = True
            raise
        for run, seq in grown:
            run.note_stored(seq)
        for answer_id in called_off:
            if answer_id in self._runs:
                self._halt(answer_id, MessageStatus.STOPPED)

    async def _beat_and_reap(self) -> None:
        await self._orphans.reap(list(self._runs))

    async def _ping(self) -> None:
        for run in self._runs.values():
            run.ping()

    @staticmethod
    async def _repeat(work: Callable[[], Awaitable[None]], period_s: float) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await work()
            except (SQLAlchemyError, OSError) as error:
                log.warning("upkeep of answers failed; trying again", work=work.__name__, reason=str(error))


def interrupted(run: ChatRun) -> dict[str, Any]:
    """Return the last words of an answer that could not be stored; what is stored of it, the reaper ends."""
    return {**run.snapshot(), "status": "interrupted", "error": {"code": "interrupted", "params": {}}}


def uncancel() -> None:
    """Go on after a cancellation that was meant for the provider's stream only."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
