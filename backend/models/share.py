"""Shares: what a conversation was at a moment, and the objects that are shown in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base


class Share(Base):
    """A snapshot of one branch of a conversation, read by whoever has its token.

    The token is kept so that its owner can copy the link again; it is looked up by its hash. ``messages`` are what is
    shown, in the API's form. An expired share is none; a sweep removes it.
    """

    __tablename__ = "shares"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("shares_list_idx", "user_id", text("id DESC")),
        Index("shares_expires_at_idx", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes]
    title: Mapped[str] = mapped_column(Text)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    message_count: Mapped[int]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ShareFile(Base):
    """One object that a share shows: an asset's content, thumbnail or poster; ``mime`` is the content's.

    It refers to the object, not to the asset: the bytes stay as long as the share, also when the asset is deleted.
    """

    __tablename__ = "share_files"

    share_id: Mapped[UUID] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(ForeignKey("stored_objects.sha256"), index=True)
    mime: Mapped[str] = mapped_column(Text)
