"""SQL of finding: what messages say (indexed after they have ended), and titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Text, Uuid

from backend.core.direct_sql import Executor

# Whoever deletes or moves one of these messages just now is not waited for: it is indexed next time, if it is still
# there. So indexing waits for no row while it holds others.
WAITING = text("""
    SELECT id, user_id, left(content, :chars) AS content FROM messages
    WHERE NOT is_indexed AND finished_at IS NOT NULL ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
STORE = text("""
    WITH marked AS (
        UPDATE messages SET is_indexed = true WHERE id = ANY(:ids)
    )
    INSERT INTO message_search (message_id, user_id, terms)
    SELECT d.id, d.user_id, d.terms::tsvector
    FROM unnest(:ids, :user_ids, :terms) AS d (id, user_id, terms)
    ON CONFLICT (message_id) DO NOTHING
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "user_ids")),
    bindparam("terms", type_=ARRAY(Text())),
)
FIND_MESSAGES = text("""
    SELECT m.id, m.conversation_id, c.title, c.archived, m.role, left(m.content, :chars) AS content, m.created_at
    FROM find_messages(:user_id, (:query)::tsquery, :before, :limit) AS f (id)
    JOIN messages m ON m.id = f.id JOIN conversations c ON c.id = m.conversation_id
    ORDER BY m.id DESC
""").bindparams(bindparam("before", type_=Uuid()))
FIND_TITLES = text("""
    SELECT id, title, archived, updated_at FROM conversations
    WHERE user_id = :user_id AND lower(title) LIKE ALL(:patterns) AND (:before IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit
""").bindparams(bindparam("before", type_=Uuid()), bindparam("patterns", type_=ARRAY(Text())))


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that has ended and is not indexed yet, or not known to be."""

    id: UUID
    user_id: UUID
    content: str


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that has what is looked for, and its conversation."""

    id: UUID
    conversation_id: UUID
    title: str
    archived: bool
    role: str
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FoundTitle:
    """A conversation whose title has what is looked for."""

    id: UUID
    title: str
    archived: bool
    updated_at: datetime


async def list_waiting(db: AsyncSession, *, limit: int, chars: int) -> list[WaitingMessage]:
    """Return messages that are to be indexed, oldest first, and lock them; ``chars``: so much of each text."""
    rows = await db.execute(WAITING, {"limit": limit, "chars": chars})
    return [WaitingMessage(*row) for row in rows]


async def store_terms(db: AsyncSession, terms: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Store the terms of locked messages (message, user, terms between blanks), and note that they are indexed."""
    values = {name: [row[column] for row in terms] for column, name in enumerate(("ids", "user_ids", "terms"))}
    await db.execute(STORE, values)


async def find_messages(
    db: Executor, user_id: UUID, query: str, *, before: UUID | None, limit: int, chars: int
) -> list[FoundMessage]:
    """Return the user's messages that fit a ``tsquery``, newest first, those before a message."""
    values = {"user_id": user_id, "query": query, "before": before, "limit": limit, "chars": chars}
    return [FoundMessage(*row) for row in await db.execute(FIND_MESSAGES, values)]


async def find_titles(
    db: Executor, user_id: UUID, phrases: Sequence[str], *, before: UUID | None, limit: int
) -> list[FoundTitle]:
    """Return the user's conversations whose titles have all phrases, begun last first, those before one.

    Phrases are letters and digits alone, so nothing in them is a pattern's sign. A user's titles are looked through one
    by one: there are so many at most as a user may have conversations.
    """
    patterns = [f"%{phrase}%" for phrase in phrases]
    values = {"user_id": user_id, "patterns": patterns, "before": before, "limit": limit}
    return [FoundTitle(*row) for row in await db.execute(FIND_TITLES, values)]
