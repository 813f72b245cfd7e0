"""Messages as records: list, send without a stream, delete."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import AnswerRunning, NotFound
from backend.repositories import conversation_repository
from backend.repositories import message_repository as repository
from backend.services.message_stream_service import MessageStreamService, OpenedStream, follow_run
from backend.services.message_utils import format_message


class MessageService:
    """Messages of one request's unit of work."""

    def __init__(self, db: AsyncSession) -> None:
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
    stream = await streams.send_message_stream(
        conversation_id, user_id, content, model_id, parent_id=parent_id, branch=branch, key=key
    )
    await wait_for_end(stream)
    answer = (await streams.find_stream(UUID(stream.answer["id"]), user_id)).answer
    return {"user_message": stream.question, "answer": answer}


async def wait_for_end(stream: OpenedStream) -> None:
    """Return when the answer has ended."""
    if stream.run is None:
        return
    async for _frames in follow_run(stream.run, stream.run.seq):
        pass
