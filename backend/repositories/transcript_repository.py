"""SQL of conversations as they are read out: which messages, then their texts, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Uuid

from backend.core.direct_sql import Executor

BRANCH = text("""
    WITH RECURSIVE branch AS (
        SELECT m.id, m.parent_id, octet_length(m.content) AS bytes, 1 AS depth
        FROM messages m WHERE m.id = :leaf_id AND m.conversation_id = :conversation_id
        UNION ALL
        SELECT m.id, m.parent_id, octet_length(m.content), b.depth + 1
        FROM branch b JOIN messages m ON m.id = b.parent_id
        WHERE b.depth < :limit
    )
    SELECT id, bytes FROM branch ORDER BY depth DESC
""")
ALL = text("""
    SELECT m.id, octet_length(m.content) + octet_length(m.reasoning) AS bytes
    FROM messages m WHERE m.conversation_id = :conversation_id ORDER BY m.seq LIMIT :limit
""")
READ = text("""
    SELECT m.id, m.parent_id, m.role, m.status, m.content, m.reasoning, m.model_id, m.error ->> 'code' AS error_code,
           m.asset_ids, m.created_at, m.finished_at,
           CASE WHEN m.role = 'user' AND m.content = '' THEN (
               SELECT array_agg(shot ->> 'prompt' ORDER BY place)
               FROM jsonb_array_elements((
                        SELECT t.request -> 'shots' FROM messages a JOIN tasks t ON t.id = a.task_id
                        WHERE a.parent_id = m.id AND jsonb_typeof(t.request -> 'shots') = 'array'
                        ORDER BY a.seq LIMIT 1)) WITH ORDINALITY AS shots (shot, place)) END AS shots
    FROM messages m WHERE m.id = ANY(:ids) ORDER BY m.seq
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))
SIZES = text("SELECT sha256, size_bytes FROM stored_objects WHERE sha256 = ANY(:hashes)").bindparams(
    bindparam("hashes", type_=ARRAY(BYTEA))
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands, and how much text it is."""

    id: UUID
    bytes: int


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """A message as it is read out; ``shots`` are the words of a storyboard that was asked for without others."""

    id: UUID
    parent_id: UUID | None
    role: str
    status: str
    content: str
    reasoning: str
    model_id: str | None
    error_code: str | None
    asset_ids: list[UUID]
    created_at: datetime
    finished_at: datetime | None
    shots: list[str] | None


async def list_branch(db: Executor, conversation_id: UUID, leaf_id: UUID, *, limit: int) -> list[Place]:
    """Return the messages that lead to one of the conversation's, oldest first; of a longer branch the last ones."""
    values = {"conversation_id": conversation_id, "leaf_id": leaf_id, "limit": limit}
    return [Place(*row) for row in await db.execute(BRANCH, values)]


async def list_all(db: Executor, conversation_id: UUID, *, limit: int) -> list[Place]:
    """Return the messages of all branches, oldest first."""
    return [Place(*row) for row in await db.execute(ALL, {"conversation_id": conversation_id, "limit": limit})]


async def read_messages(db: Executor, ids: Sequence[UUID]) -> list[TranscriptRow]:
    """Return these messages in the order of their conversation; those that are gone meanwhile are left out."""
    return [TranscriptRow(*row) for row in await db.execute(READ, {"ids": list(ids)})]


async def object_sizes(db: Executor, hashes: Sequence[bytes]) -> dict[bytes, int]:
    """Return how large stored objects are."""
    return {bytes(row.sha256): row.size_bytes for row in await db.execute(SIZES, {"hashes": list(hashes)})}
