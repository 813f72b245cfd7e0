"""Shares, as their owners see them, and as everybody does who has a link."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.schemas.asset import AssetKindName
from backend.schemas.base import Input, Output

LifetimeName = Literal["day", "week", "month", "forever"]


class ShareCreate(Input):
    """How long the link works, and which branch it shows: that which ends with ``leaf_id``, else the newest."""

    lifetime: LifetimeName
    leaf_id: UUID | None = None


class ShareOut(Output):
    """A link to a conversation as it was; ``path`` is its address on this installation, and a secret."""

    id: UUID
    conversation_id: UUID
    path: str
    title: str
    message_count: int
    created_at: datetime
    expires_at: datetime | None


class SharedAsset(Output):
    """A picture, clip or sound of a share; its bytes are at ``/api/shares/{token}/assets/{id}``."""

    id: UUID
    kind: AssetKindName
    width: int | None
    height: int | None
    duration_ms: int | None
    has_thumbnail: bool
    has_poster: bool


class SharedMessage(Output):
    """A message of a share. ``unfinished``: it was stopped, broke off, or was being made."""

    role: Literal["user", "assistant"]
    status: Literal["complete", "unfinished", "failed"]
    content: str
    model_name: str | None
    assets: list[SharedAsset]


class SharedConversation(Output):
    """A conversation as it was when it was shared; nothing in it tells whose it is."""

    title: str
    messages: list[SharedMessage]
    created_at: datetime
    expires_at: datetime | None
