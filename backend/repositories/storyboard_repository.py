"""SQL of storyboards; beginning shots, ordering them, ending a film are one call each (migration 0011)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import LargeBinary, SmallInteger, Text, Uuid

from backend.repositories.task_repository import NULLABLE_JSON, Row

MARK = text("UPDATE tasks SET shot_order = :shot_order WHERE id = :task_id").bindparams(
    bindparam("shot_order", type_=ARRAY(SmallInteger()))
)
BEGIN = text("""
    SELECT outcome, credits FROM begin_shots(:task_id, :user_id, :shots, :waiting_max, :ttl_s, :key, :hash)
""").bindparams(
    bindparam("shots", type_=JSONB()), bindparam("key", type_=Text()), bindparam("hash", type_=LargeBinary())
)
ORDER = text("SELECT order_shots(:task_id, :user_id, :shot_order)").bindparams(
    bindparam("shot_order", type_=ARRAY(SmallInteger()))
)
CANCEL = text("SELECT * FROM cancel_shots(:task_id)")
FINISH = text("SELECT finish_film(:task_id, :epoch, :clips, :asset_id, :error)").bindparams(
    bindparam("clips", type_=ARRAY(Uuid())),
    bindparam("asset_id", type_=Uuid()),
    bindparam("error", type_=NULLABLE_JSON),
)
SHOTS = text("""
    SELECT s.shot AS number, s.id, s.state, s.continues, s.request->'shot' AS words, s.asset_ids[1] AS asset_id,
           s.finished_at IS NOT NULL AND NOT shot_made(s) AS retryable
    FROM tasks t, LATERAL current_shots(t.id) s WHERE t.id = :task_id ORDER BY array_position(t.shot_order, s.shot)
""")
READY = text("SELECT id FROM tasks WHERE id = :task_id AND state = 'saving' AND state_at = now()")
PAGE = text("SELECT message_json(m) FROM messages m WHERE m.id = :id")
EARLIER = text("""
    SELECT p.asset_ids[1] FROM tasks t, LATERAL current_shots(t.parent_id) p
    WHERE t.id = :task_id AND p.shot = t.shot - 1 AND p.state = 'completed'
""")


@dataclass(frozen=True, slots=True)
class ShotRow:
    """A shot as it counts now, by its newest task; ``words`` are its prompt, seconds and references."""

    number: int
    id: UUID
    state: str
    continues: bool
    words: Row
    asset_id: UUID | None
    retryable: bool


async def mark_storyboard(db: AsyncSession, task_id: UUID, order: Sequence[int]) -> None:
    """Make a task that was just begun a storyboard; its shots follow in the same transaction."""
    await db.execute(MARK, {"task_id": task_id, "shot_order": list(order)})


async def begin_shots(
    db: AsyncSession,
    task_id: UUID,
    user_id: UUID,
    shots: Sequence[Row],
    *,
    waiting_max: int,
    ttl_s: float,
    key: str | None = None,
    key_hash: bytes | None = None,
) -> tuple[str, dict[str, int] | None]:
    """Begin shots with their holds, all or none, or say why not (then roll back); and the account as it is."""
    values: dict[str, Any] = {"task_id": task_id, "user_id": user_id, "shots": list(shots), "waiting_max": waiting_max}
    row = (await db.execute(BEGIN, {**values, "ttl_s": ttl_s, "key": key, "hash": key_hash})).one()
    return row.outcome, row.credits


async def order_shots(db: AsyncSession, task_id: UUID, user_id: UUID, order: Sequence[int]) -> str:
    """Give a film another order; returns ``ordered`` or why not."""
    values = {"task_id": task_id, "user_id": user_id, "shot_order": list(order)}
    return str((await db.execute(ORDER, values)).scalar_one())


async def cancel_shots(db: AsyncSession, task_id: UUID) -> list[Row]:
    """Cancel the shots that no provider works on yet; returns their tasks."""
    return list((await db.execute(CANCEL, {"task_id": task_id})).scalars())


async def finish_film(
    db: AsyncSession, task_id: UUID, epoch: int, clips: Sequence[UUID], asset_id: UUID | None, error: Row | None
) -> bool:
    """End the joining of these clips (their tasks); False when others are wanted by now, or someone else joins."""
    values = {"task_id": task_id, "epoch": epoch, "clips": list(clips), "asset_id": asset_id, "error": error}
    return bool((await db.execute(FINISH, values)).scalar_one())


async def list_shots(db: AsyncSession, task_id: UUID) -> list[ShotRow]:
    """Return a storyboard's shots in the order of the film."""
    return [ShotRow(**row._mapping) for row in await db.execute(SHOTS, {"task_id": task_id})]


async def can_be_joined_now(db: AsyncSession, task_id: UUID) -> bool:
    """Tell whether this very transaction has made a film ready to be joined."""
    return (await db.execute(READY, {"task_id": task_id})).first() is not None


async def find_message(db: AsyncSession, message_id: UUID) -> Row:
    """Return a message as it is read."""
    row: Row = (await db.execute(PAGE, {"id": message_id})).scalar_one()
    return row


async def find_earlier_clip(db: AsyncSession, task_id: UUID) -> UUID | None:
    """Return the clip that a shot goes on from."""
    row = (await db.execute(EARLIER, {"task_id": task_id})).one_or_none()
    return row[0] if row else None
