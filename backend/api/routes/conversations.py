"""Conversations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from backend.api.deps import ContainerDep, ConversationServiceDep, CurrentUser, DbDep, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.json_response import json_response
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind, NotFound
from backend.schemas.base import Deleted, Page
from backend.schemas.conversation import (
    ConversationChange,
    ConversationCreate,
    ConversationOut,
    ConversationsDelete,
    ConversationsDeleted,
)
from backend.services.conversation_service import ConversationService
from backend.services.idempotency_service import hash_request, run_once

router = APIRouter(prefix="/api/conversations", tags=["conversations"], route_class=StrictRoute)

Cursor = Annotated[str, StringConstraints(max_length=200)]


@router.get(
    "",
    summary="My conversations",
    response_model=Page[ConversationOut],
    responses=errors(Kind.UNAUTHENTICATED),
)
async def list_conversations(
    user: CurrentUser,
    container: ContainerDep,
    archived: bool = False,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """Return conversations, pinned ones first, then last used first; or, of their own list, the archived ones."""
    async with container.database.one_statement() as db:
        conversations = ConversationService(db, container.settings)
        rows, next_cursor = await conversations.get_conversation_list(
            user.id, archived=archived, cursor=cursor, limit=limit
        )
    return json_response({"items": rows, "next_cursor": next_cursor})


@router.post(
    "",
    status_code=201,
    summary="Begin a conversation",
    responses=errors(Kind.UNAUTHENTICATED, Kind.LIMIT, Kind.CONFLICT),
)
async def create_conversation(
    body: ConversationCreate,
    user: CurrentUser,
    conversations: ConversationServiceDep,
    db: DbDep,
    key: IdempotencyKeyDep = None,
) -> ConversationOut:
    """Make an empty conversation; without a title it gets one from its first message."""

    async def command() -> dict[str, object]:
        made = await conversations.create_conversation(user.id, body.title)
        return ConversationOut.model_validate(made).model_dump(mode="json")

    answer = await run_once(
        db,
        user_id=user.id,
        operation="create_conversation",
        key=key,
        request_hash=hash_request(body.model_dump(mode="json")),
        command=command,
    )
    return ConversationOut.model_validate(answer)


@router.post("/delete", summary="Delete several conversations", responses=errors(Kind.UNAUTHENTICATED))
async def delete_conversations(
    body: ConversationsDelete, user: CurrentUser, container: ContainerDep
) -> ConversationsDeleted:
    """Delete conversations one after the other, each whole; what is gone, or never was, is passed over."""
    gone = []
    for conversation_id in dict.fromkeys(body.ids):
        async with container.database.unit_of_work() as db:
            deleted = await ConversationService(db, container.settings).delete_own_conversation(
                conversation_id, user.id
            )
        if deleted:
            container.runs.abandon_conversation(conversation_id)
            gone.append(conversation_id)
    return ConversationsDeleted(ids=gone)


@router.get("/{conversation_id}", summary="One conversation", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND))
async def get_conversation(
    conversation_id: UUID, user: CurrentUser, conversations: ConversationServiceDep
) -> ConversationOut:
    """Return one conversation, without its messages."""
    return ConversationOut.model_validate(await conversations.get_conversation(conversation_id, user.id))


@router.patch(
    "/{conversation_id}",
    summary="Rename, pin or archive a conversation",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def change_conversation(
    conversation_id: UUID, body: ConversationChange, user: CurrentUser, conversations: ConversationServiceDep
) -> ConversationOut:
    """Change what the body names: title, pinned, archived."""
    await conversations.get_conversation(conversation_id, user.id)
    if body.title is not None:
        await conversations.update_conversation_title(conversation_id, body.title, is_custom=True)
    if body.pinned is not None or body.archived is not None:
        await conversations.set_place(conversation_id, pinned=body.pinned, archived=body.archived)
    return ConversationOut.model_validate(await conversations.get_conversation(conversation_id, user.id))


@router.delete(
    "/{conversation_id}", summary="Delete a conversation", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND)
)
async def delete_conversation(
    conversation_id: UUID, user: CurrentUser, conversations: ConversationServiceDep, container: ContainerDep
) -> Deleted:
    """Delete a conversation with its messages; an answer that is being written is stopped."""
    await conversations.get_conversation(conversation_id, user.id)
    if not await conversations.delete_conversation(conversation_id):
        raise NotFound
    container.runs.abandon_conversation(conversation_id)
    return Deleted(id=conversation_id)
