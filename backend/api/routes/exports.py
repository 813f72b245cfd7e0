"""Conversations as files."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from backend.api.content_disposition import make_attachment
from backend.api.deps import ContainerDep, CurrentUser
from backend.api.errors import errors
from backend.api.file_response import CSP, FileStream
from backend.core.errors import Kind
from backend.services.export_service import ExportFormat, ExportService
from backend.services.export_words import ExportLanguage

router = APIRouter(prefix="/api/conversations", tags=["conversations"])

MINUTE_S = 60
EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, to be saved.",
        "content": {
            kind: {"schema": {"type": "string"}} for kind in ("text/markdown", "application/json", "text/html")
        },
    },
    **errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.TOO_LARGE, Kind.LIMIT),
}


async def get_exports(container: ContainerDep) -> ExportService:
    """Return the exports."""
    return ExportService(container.database, container.assets, container.settings, container.registry.name_of)


@router.get("/{conversation_id}/export", summary="A conversation as a file", response_model=None, responses=EXPORT)
async def export_conversation(
    conversation_id: UUID,
    user: CurrentUser,
    container: ContainerDep,
    exports: Annotated[ExportService, Depends(get_exports)],
    format: Annotated[
        ExportFormat, Query(description="`json` holds all branches, the others one.")
    ] = ExportFormat.MARKDOWN,
    language: ExportLanguage = ExportLanguage.ENGLISH,
    leaf_id: UUID | None = None,
) -> FileStream:
    """Stream a conversation as Markdown, JSON or one HTML file without scripts, its pictures inside.

    One branch is written: that which ends with `leaf_id`, else the newest.
    """
    settings = container.settings
    await container.limiter.hit("export", str(user.id), most=settings.exports_per_minute, window_s=MINUTE_S)
    plan = await exports.plan(conversation_id, user.id, format, language, leaf_id)
    headers = {
        "content-type": format.mime,
        "content-disposition": make_attachment(plan.file_name),
        "content-security-policy": CSP,
    }
    return FileStream(exports.write(plan), 200, headers, max_s=settings.export_max_s)
