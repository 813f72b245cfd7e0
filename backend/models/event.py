"""Events: what changed for a user, numbered; written by triggers (migration 0008), read by their devices."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base


class EventType(StrEnum):
    """What an event tells. ``changed`` tells the state at its commit, also of what is new."""

    CONVERSATION_CHANGED = "conversation.changed"
    CONVERSATION_DELETED = "conversation.deleted"
    MESSAGE_CHANGED = "message.changed"
    MESSAGE_DELETED = "message.deleted"
    CREDITS_CHANGED = "credits.changed"
    TASK_CHANGED = "task.changed"


class EventCounter(Base):
    """The number of a user's last event; whoever appends holds this row until the transaction ends."""

    __tablename__ = "event_counters"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Event(Base):
    """One event; ``data`` holds the row as it was stored (see ``format_event`` for how it is shown)."""

    __tablename__ = "events"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
