"""Conversations: a tree of messages with one newest leaf."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base


class Conversation(Base):
    """A conversation of one user.

    ``leaf_id`` is its newest message (a command that follows another one is stale); ``last_seq`` numbers
    its messages; ``updated_at`` moves with every turn and orders the list, ``pinned`` ones first. ``archived`` ones are
    in a list of their own, never pinned, and taken out of it by the next message.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index(
            "conversations_list_idx",
            "user_id",
            "archived",
            text("pinned DESC"),
            text("updated_at DESC"),
            text("id DESC"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(Text, server_default="")
    title_is_custom: Mapped[bool] = mapped_column(server_default=text("false"))
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    model_id: Mapped[str | None] = mapped_column(Text)
    leaf_id: Mapped[UUID | None]
    last_seq: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
