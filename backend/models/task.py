"""Media tasks and their submissions; the states and who may follow whom."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from backend.models.base import Base


class TaskKind(StrEnum):
    """What runs; each kind has limits of its own."""

    CHAT = "chat"
    IMAGE = "image"
    VIDEO = "video"


class TaskState(StrEnum):
    """The life of a media task.

    ``waiting`` for a slot, ``queued`` with one, ``submitting`` while the request is under way, ``running`` with the
    provider, ``saving`` the bytes; ``unconfirmed`` when the answer to the submission was lost.
    """

    WAITING = "waiting"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    SAVING = "saving"
    UNCONFIRMED = "unconfirmed"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELLED})
HOLDING_SLOTS = frozenset(TaskState) - FINAL - {TaskState.WAITING}
FOLLOWS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.QUEUED: frozenset({TaskState.WAITING, TaskState.SUBMITTING}),
    TaskState.SUBMITTING: frozenset({TaskState.QUEUED}),
    TaskState.RUNNING: frozenset({TaskState.SUBMITTING, TaskState.UNCONFIRMED}),
    TaskState.UNCONFIRMED: frozenset({TaskState.SUBMITTING}),
    TaskState.SAVING: frozenset({TaskState.SUBMITTING, TaskState.RUNNING, TaskState.UNCONFIRMED}),
    TaskState.COMPLETED: frozenset({TaskState.SAVING}),
    TaskState.FAILED: frozenset(TaskState) - FINAL,
    TaskState.CANCELLED: frozenset({TaskState.WAITING, TaskState.QUEUED, TaskState.RUNNING}),
}
"""From which states a state may be reached; every move is one statement that names them.

A storyboard follows its shots instead: ``settle_storyboard`` alone sets its state."""


class Task(Base):
    """One media task. Its hold, its message and its last attempt end in the statement that ends it.

    A storyboard (``shot_order``, ``joined``) is made of others, its shots (``parent_id``, ``shot``, ``continues``).
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("tasks_list_idx", "user_id", text("id DESC")),
        Index("tasks_active_idx", "state", "id", postgresql_where=text("finished_at IS NULL")),
        Index("tasks_flagged_idx", text("id DESC"), postgresql_where=text("flagged")),
        Index("tasks_conversation_id_idx", "conversation_id", postgresql_where=text("conversation_id IS NOT NULL")),
        Index(
            "tasks_idempotency_idx",
            "user_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("tasks_shots_idx", "parent_id", "shot", text("id DESC"), postgresql_where=text("parent_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    shot: Mapped[int | None] = mapped_column(SmallInteger)
    continues: Mapped[bool] = mapped_column(server_default="false")
    shot_order: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger()))
    joined: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    epoch: Mapped[int] = mapped_column(server_default="0")
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    kind: Mapped[TaskKind] = mapped_column(Text)
    model_id: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[TaskState] = mapped_column(Text)
    progress: Mapped[int | None] = mapped_column(SmallInteger)
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(Text)
    results: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asset_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    flagged: Mapped[bool] = mapped_column(server_default="false")
    transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("credit_transactions.id"))
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    idempotency_hash: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    state_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]


class TaskAttempt(Base):
    """One submission to a provider; ``intent`` is written before anything is sent. The id is random and secret."""

    __tablename__ = "task_attempts"
    __table_args__ = (UniqueConstraint("task_id", "number", name="task_attempts_task_id_number_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    provider_task_id: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]
