"""Assets, as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.schemas.base import Output

AssetKindName = Literal["image", "video", "audio", "file"]


class AssetOut(Output):
    """A file of one's own. Its bytes are at ``/api/assets/{id}/content``; ``name`` is what its sender called it.

    ``width`` and ``height`` are those that are seen; a file of bytes that were here already is the earlier asset.
    """

    id: UUID
    kind: AssetKindName
    mime: str
    size_bytes: int
    width: int | None
    height: int | None
    duration_ms: int | None
    has_thumbnail: bool
    has_poster: bool
    name: str
    created_at: datetime


class OriginOut(Output):
    """Which task made a file; ``prompt`` is its beginning. Conversation and message are null once they are deleted."""

    task_id: UUID
    model_id: str
    conversation_id: UUID | None
    message_id: UUID | None
    prompt: str


class ListedAssetOut(AssetOut):
    """A file in the list of one's own; ``origin`` is null for one that was uploaded."""

    origin: OriginOut | None
