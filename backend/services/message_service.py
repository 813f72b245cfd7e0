"""Messages as records: list, bring in, tell, delete; and turns without a stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.core.config import Settings
from backend.core.direct_sql import Executor
from backend.core.errors import AnswerRunning, NotFound
from backend.core.ids import new_id
from backend.models import MessageRole, MessageStatus
from backend.repositories import conversation_repository
from backend.repositories import message_repository as repository
from backend.services.conversation_service import generate_auto_title
from backend.services.message_stream_service import MessageStreamService, OpenedStream
from backend.services.message_utils import format_message

NO_CREDITS = {"transaction_id": None, "held_mc": 0, "charged_mc": None, "tokens_max": 0, "limited": False}


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message that was written elsewhere; with ``error_code`` an answer that failed there."""

    role: str
    content: str
    model_id: str | None = None
    error_code: str | None = None


class MessageService:
    """Messages of one request's unit of work."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def get_messages(
        self,
        conversation_id: UUID,
        user_id: UUID,
        limit: int = 50,
        offset: int = 0,
        before_id: UUID | None = None,
    ) -> dict[str, Any]:
        """Return a page of a conversation, oldest first; its last page holds the newest. Raises NotFound."""
        conversation = await conversation_repository.find_conversation(self._db, conversation_id, user_id)
        if conversation is None:
            raise NotFound
        rows = await repository.list_messages(
            self._db, conversation_id, before_id=before_id, limit=limit + 1, offset=offset
        )
        if rows is None:
            raise NotFound
        page = [format_message(row) for row in reversed(rows[:limit])]
        return {"items": page, "has_more": len(rows) > limit, "leaf_id": conversation.leaf_id}

    async def create_message(
        self,
        conversation_id: UUID,
        user_id: UUID,
        content: str,
        role: MessageRole,
        credits_cost: int = 0,
        *,
        model_id: str | None = None,
    ) -> dict[str, Any]:
        """Store a message behind the newest one, without any model; ``credits_cost``: what it cost, in milli-credits.

        Raises NotFound.
        """
        credits = {**NO_CREDITS, "charged_mc": credits_cost} if role is MessageRole.ASSISTANT else None
        return await self._append(conversation_id, user_id, content, role, credits=credits, model_id=model_id)

    async def create_error_message(
        self, conversation_id: UUID, user_id: UUID, content: str, *, code: str = "interrupted"
    ) -> dict[str, Any]:
        """Store an answer that failed, with what there is of it, behind the newest message. Raises NotFound."""
        return await self._append(
            conversation_id,
            user_id,
            content,
            MessageRole.ASSISTANT,
            status=MessageStatus.INTERRUPTED if content else MessageStatus.FAILED,
            error={"code": code, "params": {}},
            credits={**NO_CREDITS, "charged_mc": 0},
        )

    async def import_messages(
        self, conversation_id: UUID, user_id: UUID, items: Sequence[ImportedMessage]
    ) -> dict[str, Any]:
        """Bring in what was said elsewhere, all or nothing; returns the page that holds it. Raises NotFound."""
        for item in items:
            if item.error_code is not None:
                await self.create_error_message(conversation_id, user_id, item.content, code=item.error_code)
            else:
                await self.create_message(
                    conversation_id, user_id, item.content, MessageRole(item.role), model_id=item.model_id
                )
        return await self.get_messages(conversation_id, user_id, limit=len(items))

    async def get_history(self, conversation_id: UUID, user_id: UUID, settings: Settings) -> list[dict[str, str]]:
        """Return what a model would be told of a conversation now. Raises NotFound."""
        return await self._get_conversation_history(
            conversation_id, user_id, settings.history_messages_max, chars_max=settings.history_chars_max
        )

    async def _get_conversation_history(
        self, conversation_id: UUID, user_id: UUID, limit: int, *, chars_max: int
    ) -> list[dict[str, str]]:
        found = await repository.read_history(
            self._db, conversation_id, user_id, messages_max=limit, chars_max=chars_max
        )
        if found is None:
            raise NotFound
        return found

    async def _append(
        self,
        conversation_id: UUID,
        user_id: UUID,
        content: str,
        role: MessageRole,
        *,
        status: MessageStatus = MessageStatus.COMPLETE,
        model_id: str | None = None,
        error: dict[str, Any] | None = None,
        credits: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        values = {
            "id": new_id(),
            "conversation_id": conversation_id,
            "user_id": user_id,
            "role": role.value,
            "status": status.value,
            "content": content,
            "model_id": model_id,
            "error": error,
            "credits": credits,
            "title": generate_auto_title(content) if role is MessageRole.USER else "",
        }
        row = await repository.append_message(self._db, values)
        if row is None:
            raise NotFound
        return format_message(row)

    async def rate_message(
        self, message_id: UUID, user_id: UUID, rating: str | None, comment: str = ""
    ) -> dict[str, Any]:
        """Store what the user thinks of an answer, or that it is nothing any more; returns the answer.

        Raises NotFound, also for a question, and AnswerRunning.
        """
        feedback = {"rating": rating, "comment": comment.strip()} if rating else None
        rated = await repository.rate_message(self._db, message_id, user_id, feedback)
        row = await repository.find_message(self._db, message_id, user_id)
        if row is None or row["role"] != MessageRole.ASSISTANT:
            raise NotFound
        if not rated:
            raise AnswerRunning
        return format_message(row)

    async def delete_message(self, message_id: UUID, user_id: UUID) -> dict[str, Any]:
        """Delete a message for good; what followed it follows its parent. Raises NotFound and AnswerRunning."""
        row = await repository.find_message(self._db, message_id, user_id)
        if row is None:
            raise NotFound
        gone = await repository.delete_message(self._db, message_id, user_id)
        if gone is None:
            raise AnswerRunning
        return {"id": message_id, "conversation_id": gone[0], "leaf_id": gone[1]}


async def send_message(
    streams: MessageStreamService,
    conversation_id: UUID,
    user_id: UUID,
    content: str,
    model_id: str,
    *,
    parent_id: UUID | None = None,
    branch: bool = False,
    key: str | None = None,
) -> dict[str, Any]:
    """Send a message and wait for the whole answer: the same turn as a streamed one, watched to its end.

    Whoever waits may leave; the answer goes on and is stored.
    """
    question, answer = await _call_ai_chat(
        streams, conversation_id, user_id, content, model_id, parent_id=parent_id, branch=branch, key=key
    )
    return {"user_message": question, "answer": answer}


async def _call_ai_chat(
    streams: MessageStreamService,
    conversation_id: UUID,
    user_id: UUID,
    user_message: str,
    model_id: str,
    *,
    parent_id: UUID | None,
    branch: bool,
    key: str | None,
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Let a model answer a message, and return both as they are stored once it has ended."""
    stream = await streams.send_message_stream(
        conversation_id, user_id, user_message, model_id, parent_id=parent_id, branch=branch, key=key
    )
    await wait_for_end(streams, stream)
    return stream.question, (await streams.find_stream(UUID(stream.answer["id"]), user_id)).answer


async def regenerate_message_stream(
    streams: MessageStreamService,
    conversation_id: UUID,
    message_id: UUID,
    user_id: UUID,
    *,
    model_id: str | None = None,
    key: str | None = None,
) -> OpenedStream:
    """Answer the question of a message again, by default with the model of the earlier answer. Raises as sending."""
    if model_id is None:
        model_id = (await streams.find_stream(message_id, user_id)).answer["model_id"]
    if model_id is None:
        raise NotFound
    return await streams.regenerate_message_stream(conversation_id, message_id, user_id, model_id=model_id, key=key)


async def wait_for_end(streams: MessageStreamService, stream: OpenedStream) -> None:
    """Return when the answer has ended, wherever it runs."""
    async for _frames in streams.follow(stream, None):
        pass
