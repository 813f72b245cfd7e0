"""Turns as streams: send, regenerate, follow. Everything that can be refused is refused before the first byte."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import (
    AnswerRunning,
    AppError,
    IdempotencyMismatch,
    ModelUnavailable,
    NotFound,
    StaleParent,
)
from backend.core.ids import new_id
from backend.core.pricing import TokenPrice
from backend.models import TaskKind
from backend.repositories import message_repository as messages
from backend.repositories.credit_repository import AccountRow
from backend.repositories.message_repository import TurnRows
from backend.services.adapters.base import ChatAdapter
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.registry import ModelRegistry
from backend.services.chat_run import PING, ChatRun, encode_event
from backend.services.chat_runs import ChatRuns
from backend.services.conversation_service import generate_auto_title
from backend.services.credit_service import insufficient_credits, list_held_by
from backend.services.idempotency_service import hash_request
from backend.services.message_ai_helpers import prepare_ai_stream_client
from backend.services.message_utils import format_conversation, format_message
from backend.services.price_service import token_price
from backend.services.quote_service import answer_length
from backend.services.task_limit_service import too_many_tasks


@dataclass(frozen=True, slots=True)
class Command:
    """What a user asks for: new text after a parent, or another answer to an old question (``regenerate``)."""

    content: str | None = None
    parent_id: UUID | None = None
    branch: bool = False
    regenerate: UUID | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedStream:
    """A turn that was begun (or found again): its rows in the API's form, and a way to follow its answer."""

    conversation: dict[str, Any]
    question: dict[str, Any] | None
    answer: dict[str, Any]
    run: ChatRun | None
    credits: dict[str, int] | None = None

    def started(self) -> bytes:
        """Return the sender's first event."""
        rows = {
            "conversation": self.conversation,
            "user_message": self.question,
            "answer": self.answer,
            "credits": self.credits,
        }
        return encode_event(0, {"type": "started", **rows})


class MessageStreamService:
    """Turns that stream. Units of work are short: none is open while the model writes."""

    def __init__(
        self,
        database: Database,
        registry: ModelRegistry,
        runs: ChatRuns,
        settings: Settings,
    ) -> None:
        self._database = database
        self._registry = registry
        self._runs = runs
        self._settings = settings

    async def send_message_stream(
        self,
        conversation_id: UUID,
        user_id: UUID,
        content: str,
        model_id: str,
        *,
        parent_id: UUID | None = None,
        branch: bool = False,
        key: str | None = None,
    ) -> OpenedStream:
        """Store the user's message and let the model answer it.

        Raises NotFound, StaleParent, AnswerRunning, TooManyTasks, InsufficientCredits, ModelUnavailable,
        IdempotencyMismatch, Unavailable; then nothing has happened.
        """
        command = Command(content=content, parent_id=parent_id, branch=branch, key=key)
        return await self._open(conversation_id, user_id, model_id, command)

    async def regenerate_message_stream(
        self, conversation_id: UUID, message_id: UUID, user_id: UUID, *, model_id: str, key: str | None = None
    ) -> OpenedStream:
        """Let a model answer the same question again; the earlier answer stays as a sibling. Raises as sending does."""
        return await self._open(conversation_id, user_id, model_id, Command(regenerate=message_id, key=key))

    async def find_stream(self, message_id: UUID, user_id: UUID) -> OpenedStream:
        """Return the stream of an answer, running or not; raises NotFound."""
        async with self._database.one_statement() as db:
            row = await messages.find_message(db, message_id, user_id)
        if row is None:
            raise NotFound
        return OpenedStream({}, None, format_message(row), self._runs.find(message_id))

    async def stop(self, message_id: UUID, user_id: UUID) -> dict[str, Any]:
        """Stop an answer and return it as stored; one that has ended stays as it is. Raises NotFound."""
        await self.find_stream(message_id, user_id)
        await self._runs.stop(message_id)
        return (await self.find_stream(message_id, user_id)).answer

    async def _open(self, conversation_id: UUID, user_id: UUID, model_id: str, command: Command) -> OpenedStream:
        model, _client, adapter = prepare_ai_stream_client(self._registry, model_id)
        self._runs.refuse_when_full()
        rows, price = await self._begin(conversation_id, user_id, model, command)
        return self._take_up(rows, user_id, adapter, price)

    async def _begin(
        self, conversation_id: UUID, user_id: UUID, model: ModelDescriptor, command: Command
    ) -> tuple[TurnRows, TokenPrice | None]:
        settings = self._settings
        values = {
            "user_id": user_id,
            "conversation_id": conversation_id,
            "parent_id": command.parent_id,
            "branch": command.branch,
            "regenerate": command.regenerate,
            "question_id": new_id() if command.content is not None else None,
            "content": command.content,
            "answer_id": new_id(),
            "model_id": model.id,
            "title": generate_auto_title(command.content or ""),
            "owner_id": self._runs.owner_id,
            "key": command.key,
            "hash": self._fingerprint(conversation_id, model.id, command) if command.key else None,
            "user_max": settings.chat_limit_per_user,
            "conversation_max": settings.chat_limit_per_conversation,
            "history_messages": settings.history_messages_max,
            "history_chars": settings.history_chars_max,
            "transaction_id": new_id(),
            "ttl_s": settings.hold_ttl_s,
            **answer_length(model, settings),
        }
        async with self._database.unit_of_work() as db:
            rows = await messages.begin_turn(db, values)
            held_by = await list_held_by(db, user_id) if rows.outcome == "insufficient_credits" else []
            price = token_price(rows.formula) if rows.outcome == "begun" else None
        if rows.outcome not in ("begun", "repeated"):
            raise self._refusal(rows, held_by)
        return rows, price

    @staticmethod
    def _fingerprint(conversation_id: UUID, model_id: str, command: Command) -> bytes:
        wanted = (command.content, command.parent_id, command.branch, command.regenerate)
        return hash_request(conversation_id, model_id, *wanted)

    def _refusal(self, rows: TurnRows, held_by: list[UUID]) -> AppError:
        match rows.outcome:
            case "stale_parent":
                return StaleParent(leaf_id=str(rows.leaf) if rows.leaf else None)
            case "answer_running":
                return AnswerRunning()
            case "user_limit" | "conversation_limit":
                return too_many_tasks(
                    TaskKind.CHAT, rows.outcome.removesuffix("_limit"), rows.running or [], self._settings
                )
            case "idempotency_mismatch":
                return IdempotencyMismatch()
            case "model_unavailable":
                return ModelUnavailable()
            case "insufficient_credits":
                state = rows.credits or {}
                account = AccountRow(state["balance_mc"], state["held_mc"])
                return insufficient_credits(rows.needed or 0, account, held_by)
            case _:
                return NotFound()

    def _take_up(self, rows: TurnRows, user_id: UUID, adapter: ChatAdapter, price: TokenPrice | None) -> OpenedStream:
        """Start the answer of a new turn; a repeated command finds the answer of its first time."""
        assert rows.answer is not None  # noqa: S101 - both outcomes carry the rows
        assert rows.conversation is not None  # noqa: S101
        answer = format_message(rows.answer)
        if rows.outcome == "begun":
            run = ChatRun(answer, user_id=user_id, history=rows.history or [], price=price)
            self._runs.launch(run, adapter)
        return OpenedStream(
            conversation=format_conversation(rows.conversation, running=answer["status"] == "streaming"),
            question=format_message(rows.question) if rows.question else None,
            answer=answer,
            run=self._runs.find(UUID(answer["id"])),
            credits=rows.credits,
        )

    async def follow(self, stream: OpenedStream, user_id: UUID, after: int | None) -> AsyncGenerator[bytes]:
        """Yield the events of an answer as bytes, from after an event on (None: a snapshot first), to its end."""
        if stream.run is not None:
            async for frames in follow_run(stream.run, after):
                yield frames
            return
        async for frames in self._follow_stored(stream.answer, user_id):
            yield frames

    async def _follow_stored(self, answer: dict[str, Any], user_id: UUID) -> AsyncGenerator[bytes]:
        """Follow an answer that another process writes, by its checkpoints; one that has ended is told at once."""
        yield encode_event(0, {"type": "snapshot", "answer": answer})
        deadline = asyncio.get_running_loop().time() + self._settings.stream_max_s
        while answer["status"] == "streaming" and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(self._settings.checkpoint_s)
            newer = (await self.find_stream(UUID(answer["id"]), user_id)).answer
            if newer != answer:
                answer = newer
                yield encode_event(0, {"type": "snapshot", "answer": answer})
            else:
                yield PING
        if answer["status"] != "streaming":
            yield encode_event(0, {"type": "end", "answer": answer})


async def follow_run(run: ChatRun, after: int | None) -> AsyncGenerator[bytes]:
    """Yield the events of a run that lives in this process; what is ready together goes out together."""
    seq = run.seq if after is None or after > run.seq else after
    if seq != after:
        yield encode_event(seq, {"type": "snapshot", "answer": run.snapshot()})
    pings = run.pings
    while True:
        if frames := run.frames_after(seq):
            seq = run.seq
            pings = run.pings
            yield frames
        elif run.ended:
            return
        elif run.pings != pings:
            pings = run.pings
            yield PING
        else:
            await run.changed(seq)
