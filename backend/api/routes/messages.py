"""Messages, and the streams in which answers are written."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from backend.api.deps import ContainerDep, CurrentUser, DbDep, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.json_response import json_response
from backend.api.sse_response import EventStreamResponse, Pour
from backend.api.strict_json import StrictRoute
from backend.api.turn_route import TurnRoute, get_streams
from backend.core.errors import Kind
from backend.repositories.session_repository import SignedInUser
from backend.schemas.message import (
    FeedbackChange,
    HistoryItem,
    MessageCreate,
    MessageDeleted,
    MessageList,
    MessageOut,
    MessagesImport,
    Regenerate,
    Turn,
)
from backend.services.container import Container
from backend.services.direct_follow import pour_run
from backend.services.idempotency_service import hash_request, run_once
from backend.services.message_service import ImportedMessage, MessageService
from backend.services.message_service import regenerate_message_stream as regenerate_stream
from backend.services.message_service import send_message as send_whole_message
from backend.services.message_stream_service import MessageStreamService, OpenedStream

router = APIRouter(prefix="/api", tags=["messages"], route_class=StrictRoute)
turns = APIRouter(prefix="/api", tags=["messages"], route_class=TurnRoute)

FOLLOW_GRACE_S = 60.0
SENDING = errors(Kind.UNAUTHENTICATED, Kind.PAYMENT, Kind.NOT_FOUND, Kind.CONFLICT, Kind.LIMIT)
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: `id` and one `data` line of JSON each; a close without `end` means: follow again.",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/ChatEvent"}}},
    }
}


StreamsDep = Annotated[MessageStreamService, Depends(get_streams)]


def follow_opened(
    user: SignedInUser, container: Container, streams: MessageStreamService, stream: OpenedStream
) -> EventStreamResponse:
    """Return the sender's view of a turn that was just begun: from its first event on."""
    pour = partial(pour_run, stream.run, 0) if stream.run is not None else None
    return stream_to(user, container, stream.started(), streams.follow(stream, 0), pour)


def stream_to(
    user: SignedInUser, container: Container, first: bytes, frames: AsyncGenerator[bytes], pour: Pour | None = None
) -> EventStreamResponse:
    """Return an answer that streams events for as long as the user's session lives."""
    return EventStreamResponse(
        first,
        frames,
        session=container.sessions.hold(user.session_id),
        max_s=container.settings.stream_max_s + FOLLOW_GRACE_S,
        pour=pour,
    )


@router.get(
    "/conversations/{conversation_id}/messages",
    summary="Messages of a conversation",
    response_model=MessageList,
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def list_messages(
    conversation_id: UUID,
    user: CurrentUser,
    container: ContainerDep,
    before_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Return the newest messages, oldest first; with `before_id`, those before that one. All branches are included."""
    async with container.database.one_statement() as db:
        page = await MessageService(db).get_messages(conversation_id, user.id, limit, offset, before_id)
    return json_response(page)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    summary="Send a message and wait for the answer",
    responses=SENDING,
)
async def send_message(
    conversation_id: UUID, body: MessageCreate, user: CurrentUser, streams: StreamsDep, key: IdempotencyKeyDep = None
) -> Turn:
    """Send a message; the answer comes whole. A client that leaves does not stop it."""
    turn = await send_whole_message(
        streams,
        conversation_id,
        user.id,
        body.content,
        body.model_id,
        parent_id=body.parent_id,
        branch=body.branch,
        key=key,
    )
    return Turn.model_validate(turn)


@router.post(
    "/conversations/{conversation_id}/messages/import",
    status_code=201,
    summary="Bring in messages",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT),
)
async def import_messages(
    conversation_id: UUID, body: MessagesImport, user: CurrentUser, db: DbDep, key: IdempotencyKeyDep = None
) -> MessageList:
    """Put what was said elsewhere behind the newest message, without asking any model; it costs nothing."""

    async def command() -> dict[str, object]:
        items = [ImportedMessage(**item.model_dump()) for item in body.messages]
        page = await MessageService(db).import_messages(conversation_id, user.id, items)
        return MessageList.model_validate(page).model_dump(mode="json")

    answer = await run_once(
        db,
        user_id=user.id,
        operation="import_messages",
        key=key,
        request_hash=hash_request(conversation_id, body.model_dump(mode="json")),
        command=command,
    )
    return MessageList.model_validate(answer)


@router.get(
    "/conversations/{conversation_id}/history",
    summary="What a model would be told",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def get_history(
    conversation_id: UUID, user: CurrentUser, db: DbDep, container: ContainerDep
) -> list[HistoryItem]:
    """Return the newest branch as the next answer's model will get it, cut to the installation's limits."""
    history = await MessageService(db).get_history(conversation_id, user.id, container.settings)
    return [HistoryItem.model_validate(item) for item in history]


@turns.post(
    "/conversations/{conversation_id}/messages/stream",
    summary="Send a message and stream the answer",
    response_model=None,
    responses={**SENDING, **STREAM},
)
async def send_message_stream(
    conversation_id: UUID,
    body: MessageCreate,
    user: CurrentUser,
    streams: StreamsDep,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
) -> EventStreamResponse:
    """Send a message; the first event is `started`, the last one `end`. Refusals come before the first byte."""
    stream = await streams.send_message_stream(
        conversation_id,
        user.id,
        body.content,
        body.model_id,
        parent_id=body.parent_id,
        branch=body.branch,
        key=key,
    )
    return follow_opened(user, container, streams, stream)


@turns.post(
    "/conversations/{conversation_id}/messages/{message_id}/regenerate",
    summary="Answer again",
    response_model=None,
    responses={**SENDING, **STREAM},
)
async def regenerate_message_stream(
    conversation_id: UUID,
    message_id: UUID,
    body: Regenerate,
    user: CurrentUser,
    streams: StreamsDep,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
) -> EventStreamResponse:
    """Stream another answer to the same question; the earlier one stays, as a version beside it."""
    stream = await regenerate_stream(streams, conversation_id, message_id, user.id, model_id=body.model_id, key=key)
    return follow_opened(user, container, streams, stream)


@router.get(
    "/messages/{message_id}/stream",
    summary="Follow an answer",
    response_model=None,
    responses={**errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND), **STREAM},
)
async def follow_message_stream(
    message_id: UUID,
    user: CurrentUser,
    streams: StreamsDep,
    container: ContainerDep,
    after: Annotated[int | None, Query(ge=0, le=10_000_000)] = None,
    last_event_id: Annotated[str | None, Header(max_length=20, pattern=r"^\d+$")] = None,
) -> EventStreamResponse:
    """Follow an answer from an event on (`after`, or `Last-Event-ID`); without one, a snapshot comes first."""
    seq = after if after is not None else int(last_event_id) if last_event_id is not None else None
    stream = await streams.find_stream(message_id, user.id)
    return stream_to(user, container, b"", streams.follow(stream, seq))


@router.post(
    "/messages/{message_id}/stop", summary="Stop an answer", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND)
)
async def stop_message(message_id: UUID, user: CurrentUser, streams: StreamsDep) -> MessageOut:
    """Stop the writing; the text so far stays. An answer that has ended stays as it is."""
    return MessageOut.model_validate(await streams.stop(message_id, user.id))


@router.put(
    "/messages/{message_id}/feedback",
    summary="Say what one thinks of an answer",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT),
)
async def rate_message(message_id: UUID, body: FeedbackChange, user: CurrentUser, db: DbDep) -> MessageOut:
    """Keep a thumb up or down and a comment with an answer, for oneself; saying it again changes nothing."""
    return MessageOut.model_validate(
        await MessageService(db).rate_message(message_id, user.id, body.rating, body.comment)
    )


@router.delete(
    "/messages/{message_id}",
    summary="Delete a message",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT),
)
async def delete_message(message_id: UUID, user: CurrentUser, db: DbDep) -> MessageDeleted:
    """Delete a message for good; what followed it follows its parent now. One that is being written is refused."""
    return MessageDeleted.model_validate(await MessageService(db).delete_message(message_id, user.id))
