"""Shares: made, listed and revoked by their owner; read by anybody who has the link."""

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from backend.api.deps import ContainerDep, ConversationServiceDep, CurrentUser, DbDep, IdempotencyKeyDep, VisitorDep
from backend.api.errors import errors
from backend.api.file_response import answer_with_file
from backend.api.json_response import json_response
from backend.api.routes.assets import FILE
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind, NotFound
from backend.core.security import TOKEN_CHARS_MAX
from backend.repositories.share_repository import ShareRow
from backend.schemas.base import Deleted, Page
from backend.schemas.share import ShareCreate, SharedConversation, ShareOut
from backend.services.asset_service import AssetPart
from backend.services.idempotency_service import hash_request, run_once
from backend.services.share_service import Lifetime, ShareService, find_shared_file, read_share

router = APIRouter(prefix="/api", tags=["shares"], route_class=StrictRoute)

MINUTE_S = 60
NOT_KEPT = "private, no-store"
"""A share may be revoked at any time: nothing of it stays in a cache."""
READING = errors(Kind.NOT_FOUND, Kind.LIMIT)
READING_FILE = {**FILE, **READING, **errors(Kind.RANGE)}
READING_FILE.pop(401)


async def get_shares(db: DbDep, container: ContainerDep) -> ShareService:
    """Return the shares of this request's unit of work."""
    return ShareService(db, container.settings)


ShareServiceDep = Annotated[ShareService, Depends(get_shares)]


async def find_token(token: str, visitor: VisitorDep, container: ContainerDep) -> str:
    """Return the token of the address; raises RateLimited for an address that reads too much, and NotFound."""
    most = container.settings.share_reads_per_minute
    await container.limiter.hit("share-read", visitor.address, most=most, window_s=MINUTE_S)
    if len(token) > TOKEN_CHARS_MAX:
        raise NotFound
    return token


TokenDep = Annotated[str, Depends(find_token)]


@router.post(
    "/conversations/{conversation_id}/shares",
    status_code=201,
    summary="Share a conversation",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT, Kind.TOO_LARGE, Kind.LIMIT),
)
async def create_share(
    conversation_id: UUID,
    body: ShareCreate,
    user: CurrentUser,
    shares: ShareServiceDep,
    db: DbDep,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
) -> ShareOut:
    """Make a page that shows one branch as it is now, with its pictures, to whoever has the link.

    What happens in the conversation later does not change it; deleting the conversation ends it.
    """

    async def command() -> dict[str, object]:
        share = await shares.create_share(
            conversation_id,
            user.id,
            lifetime=Lifetime(body.lifetime),
            leaf_id=body.leaf_id,
            model_name=container.registry.name_of,
        )
        return _show(share).model_dump(mode="json")

    answer = await run_once(
        db,
        user_id=user.id,
        operation="create_share",
        key=key,
        request_hash=hash_request(conversation_id, body.model_dump(mode="json")),
        command=command,
    )
    return ShareOut.model_validate(answer)


@router.get(
    "/conversations/{conversation_id}/shares",
    summary="Shares of a conversation",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def list_conversation_shares(
    conversation_id: UUID, user: CurrentUser, conversations: ConversationServiceDep, shares: ShareServiceDep
) -> list[ShareOut]:
    """Return the living shares of one conversation, newest first."""
    await conversations.get_conversation(conversation_id, user.id)
    return [_show(share) for share in await shares.list_shares_of(conversation_id, user.id)]


@router.get("/me/shares", summary="What I share", responses=errors(Kind.UNAUTHENTICATED))
async def list_shares(
    user: CurrentUser,
    shares: ShareServiceDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[ShareOut]:
    """Return living shares, newest first."""
    rows, next_cursor = await shares.list_shares(user.id, before=cursor, limit=limit)
    return Page(items=[_show(row) for row in rows], next_cursor=str(next_cursor) if next_cursor else None)


@router.delete(
    "/me/shares/{share_id}", summary="Revoke a share", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND)
)
async def revoke_share(share_id: UUID, user: CurrentUser, shares: ShareServiceDep) -> Deleted:
    """End a share: from now on its link shows nothing."""
    await shares.revoke(share_id, user.id)
    return Deleted(id=share_id)


@router.get("/shares/{token}", summary="Read a share", response_model=SharedConversation, responses=READING)
async def get_share(token: TokenDep, container: ContainerDep) -> Response:
    """Return a conversation as it was when it was shared; the link is all that is needed."""
    async with container.database.one_statement() as db:
        found = await read_share(db, token)
    return json_response(found)


@router.head(
    "/shares/{token}/assets/{asset_id}",
    name="head_shared_asset",
    summary="Headers of a shared file",
    response_model=None,
    responses=READING_FILE,
)
@router.get(
    "/shares/{token}/assets/{asset_id}",
    summary="A shared file's bytes",
    response_model=None,
    responses=READING_FILE,
)
async def get_shared_asset(
    token: TokenDep,
    asset_id: UUID,
    request: Request,
    container: ContainerDep,
    part: AssetPart = AssetPart.CONTENT,
) -> Response:
    """Return the bytes of a picture, clip or sound that a share shows, or of a small picture of it."""
    async with container.database.one_statement() as db:
        file = await find_shared_file(db, token, asset_id, part)

    async def open_file(start: int, end: int) -> AsyncGenerator[bytes]:
        return await container.assets.open(file, start=start, end=end)

    return await answer_with_file(request, file, open_file, cache_control=NOT_KEPT)


def _show(share: ShareRow) -> ShareOut:
    return ShareOut(
        id=share.id,
        conversation_id=share.conversation_id,
        path=f"/s/{share.token}",
        title=share.title,
        message_count=share.message_count,
        created_at=share.created_at,
        expires_at=share.expires_at,
    )
