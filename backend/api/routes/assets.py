"""Assets: pictures, films, sounds and files of one's own."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from backend.api.content_disposition import parse_name
from backend.api.deps import ContainerDep, CurrentUser
from backend.api.errors import errors
from backend.api.file_response import answer_with_file
from backend.api.raw_body import RAW_BODY, RawBody
from backend.core.errors import AppError, Kind
from backend.core.media_types import AssetKind
from backend.repositories.asset_repository import AssetRow
from backend.repositories.work_repository import ListedAsset
from backend.schemas.asset import AssetKindName, AssetOut, ListedAssetOut, OriginOut
from backend.schemas.base import Deleted, Page
from backend.schemas.conversation import ModelId
from backend.services.asset_service import AssetPart

router = APIRouter(prefix="/api/assets", tags=["assets"])

DISPOSITION_CHARS_MAX = 4096
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, with their own type.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The one part that `Range` asks for."},
    304: {"description": "The client has it already (`If-None-Match`)."},
    **errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.RANGE),
}


@router.post(
    "",
    status_code=201,
    summary="Upload a file",
    openapi_extra=RAW_BODY,
    responses={
        200: {"model": AssetOut, "description": "These bytes were here already."},
        **errors(Kind.UNAUTHENTICATED, Kind.TOO_LARGE, Kind.MEDIA_TYPE, Kind.LIMIT),
    },
)
async def upload_asset(
    request: Request,
    response: Response,
    user: CurrentUser,
    container: ContainerDep,
    content_disposition: Annotated[
        str | None,
        Header(
            max_length=DISPOSITION_CHARS_MAX,
            description="What the file is called: `attachment; filename*=UTF-8''...` (RFC 6266).",
        ),
    ] = None,
) -> AssetOut:
    """Store a picture, film, sound, PDF or text: the raw body is the file.

    Pictures are turned upright; location and other metadata are removed from pictures, films and sounds.
    """
    name = parse_name(content_disposition)
    body = RawBody(request)
    try:
        asset, is_new = await container.assets.store_upload(
            user.id, body, name=name, claimed_type=request.headers.get("content-type")
        )
    except AppError:
        await body.drain()
        raise
    response.status_code = 201 if is_new else 200
    return _show(asset)


@router.get("", summary="My files", responses=errors(Kind.UNAUTHENTICATED))
async def list_assets(
    user: CurrentUser,
    container: ContainerDep,
    kind: AssetKindName | None = None,
    made: Annotated[bool, Query(description="Only what tasks made, not what was uploaded.")] = False,
    model_id: Annotated[ModelId | None, Query(description="Only what this model made.")] = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[ListedAssetOut]:
    """Return files, newest first, each with the task that made it. They outlast their conversation."""
    rows, next_cursor = await container.assets.list_assets(
        user.id,
        kind=AssetKind(kind) if kind else None,
        made=made,
        model_id=model_id,
        before=cursor,
        limit=limit,
    )
    return Page(items=[_show_listed(row) for row in rows], next_cursor=str(next_cursor) if next_cursor else None)


@router.get("/{asset_id}", summary="About a file", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND))
async def get_asset(asset_id: UUID, user: CurrentUser, container: ContainerDep) -> AssetOut:
    """Return what is known of a file."""
    return _show(await container.assets.find(asset_id, user.id))


@router.delete(
    "/{asset_id}", summary="Delete a file", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT)
)
async def delete_asset(asset_id: UUID, user: CurrentUser, container: ContainerDep) -> Deleted:
    """Delete a file for good; one that something is being made from is refused."""
    await container.assets.delete(asset_id, user.id)
    return Deleted(id=asset_id)


@router.head(
    "/{asset_id}/content", name="head_asset_content", summary="Headers of a file", response_model=None, responses=FILE
)
@router.get("/{asset_id}/content", summary="A file's bytes", response_model=None, responses=FILE)
async def get_asset_content(asset_id: UUID, request: Request, user: CurrentUser, container: ContainerDep) -> Response:
    """Return the bytes; documents and texts only to be saved, never to be shown in place."""
    return await _answer(request, container, asset_id, user.id, AssetPart.CONTENT)


@router.head(
    "/{asset_id}/thumbnail",
    name="head_asset_thumbnail",
    summary="Headers of a thumbnail",
    response_model=None,
    responses=FILE,
)
@router.get("/{asset_id}/thumbnail", summary="A small picture of it", response_model=None, responses=FILE)
async def get_asset_thumbnail(asset_id: UUID, request: Request, user: CurrentUser, container: ContainerDep) -> Response:
    """Return a WEBP of at most 512 pixels a side, of a picture or a film."""
    return await _answer(request, container, asset_id, user.id, AssetPart.THUMBNAIL)


@router.head(
    "/{asset_id}/poster", name="head_asset_poster", summary="Headers of a poster", response_model=None, responses=FILE
)
@router.get("/{asset_id}/poster", summary="A frame of a film", response_model=None, responses=FILE)
async def get_asset_poster(asset_id: UUID, request: Request, user: CurrentUser, container: ContainerDep) -> Response:
    """Return a JPEG of a frame from about the first second of a film."""
    return await _answer(request, container, asset_id, user.id, AssetPart.POSTER)


async def _answer(
    request: Request, container: ContainerDep, asset_id: UUID, user_id: UUID, part: AssetPart
) -> Response:
    file = await container.assets.find_file(asset_id, user_id, part)

    async def open_file(start: int, end: int) -> AsyncGenerator[bytes]:
        return await container.assets.open(file, start=start, end=end)

    return await answer_with_file(request, file, open_file)


def _show_listed(listed: ListedAsset) -> ListedAssetOut:
    origin = OriginOut.model_validate(listed.origin) if listed.origin else None
    return ListedAssetOut(**_show(listed.asset).model_dump(), origin=origin)


def _show(asset: AssetRow) -> AssetOut:
    return AssetOut(
        id=asset.id,
        kind=asset.kind.value,
        mime=asset.mime,
        size_bytes=asset.size_bytes,
        width=asset.width,
        height=asset.height,
        duration_ms=asset.duration_ms,
        has_thumbnail=asset.thumbnail_sha256 is not None,
        has_poster=asset.poster_sha256 is not None,
        name=asset.name,
        created_at=asset.created_at,
    )
