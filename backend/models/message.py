"""Messages: one row each, linked to the message they follow; answers carry the state of their run."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from backend.models.base import Base


class MessageRole(StrEnum):
    """Who wrote a message."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """``streaming`` (text) and ``developing`` (media) move once, to exactly one of the others.

    Messages of users are born ``complete``.
    """

    STREAMING = "streaming"
    DEVELOPING = "developing"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Message(Base):
    """One message of a conversation.

    ``seq`` orders the conversation without gaps being promised. Siblings (same ``parent_id``) are versions of
    one another; nothing is overwritten. ``error`` holds ``{code, params}``, ``credits`` what was held for an
    answer, what it cost and how long it could get, ``feedback`` what its reader thinks of it. While
    ``streaming``, ``owner_id`` names the process that runs the answer (see ``run_owners``), ``stream_seq`` the last
    event that is in the stored text, and ``stop_requested_at`` says that its user wants it to end;
    ``idempotency_key`` belongs to the command that made the turn and stands on its answer; ``is_indexed``: its words
    are in ``message_search``.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index("messages_parent_id_idx", "parent_id"),
        Index(
            "messages_asset_ids_idx", "asset_ids", postgresql_using="gin", postgresql_where=text("asset_ids <> '{}'")
        ),
        Index("messages_to_index_idx", "id", postgresql_where=text("NOT is_indexed AND finished_at IS NOT NULL")),
        Index("messages_running_idx", "user_id", postgresql_where=text("status = 'streaming'")),
        Index(
            "messages_idempotency_idx",
            "user_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    seq: Mapped[int]
    role: Mapped[MessageRole] = mapped_column(Text)
    status: Mapped[MessageStatus] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text, server_default="")
    reasoning: Mapped[str] = mapped_column(Text, server_default="")
    model_id: Mapped[str | None] = mapped_column(Text)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    credits: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    feedback: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    task_id: Mapped[UUID | None]
    asset_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    owner_id: Mapped[UUID | None]
    stream_seq: Mapped[int] = mapped_column(server_default="0")
    stop_requested_at: Mapped[datetime | None]
    is_indexed: Mapped[bool] = mapped_column(server_default=text("false"))
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    idempotency_hash: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]


class RunOwner(Base):
    """A process that runs answers; when its heartbeat stops, its answers are ended as interrupted."""

    __tablename__ = "run_owners"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
