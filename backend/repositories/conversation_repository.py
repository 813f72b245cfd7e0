"""SQL of conversations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Boolean

from backend.core.direct_sql import Executor

COLUMNS = """
    c.id, c.title, c.title_is_custom, c.pinned, c.archived, c.model_id, c.leaf_id, c.created_at, c.updated_at,
    EXISTS (SELECT FROM messages m WHERE m.user_id = c.user_id AND m.conversation_id = c.id
            AND m.status = 'streaming') AS running
"""
INSERT = text("""
    INSERT INTO conversations (id, user_id, title, title_is_custom)
    SELECT :id, :user_id, :title, :title_is_custom
    WHERE (SELECT count(*) FROM (SELECT FROM conversations WHERE user_id = :user_id LIMIT :most) AS mine) < :most
    RETURNING id
""")
FIND = text(f"SELECT {COLUMNS} FROM conversations c WHERE c.id = :id AND c.user_id = :user_id")
FIRST_PAGE = text(f"""
    SELECT {COLUMNS} FROM conversations c WHERE c.user_id = :user_id AND c.archived = :archived
    ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT :limit
""")
NEXT_PAGE = text(f"""
    SELECT {COLUMNS} FROM conversations c
    WHERE c.user_id = :user_id AND c.archived = :archived
      AND (c.pinned, c.updated_at, c.id) < (:pinned, :updated_at, :id)
    ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT :limit
""")
SET_TITLE = text("""
    UPDATE conversations SET title = :title, title_is_custom = :is_custom
    WHERE id = :id AND (:is_custom OR NOT title_is_custom)
    RETURNING id
""")
SET_PLACE = text("""
    UPDATE conversations SET
        pinned = coalesce(:pinned, pinned AND :archived IS NOT TRUE),
        archived = coalesce(:archived, archived AND :pinned IS NOT TRUE)
    WHERE id = :id
""").bindparams(*(bindparam(name, type_=Boolean()) for name in ("pinned", "archived")))
DELETE = text("SELECT delete_conversation(:id)")


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as it is listed; ``running`` tells whether an answer is being written."""

    id: UUID
    title: str
    title_is_custom: bool
    pinned: bool
    archived: bool
    model_id: str | None
    leaf_id: UUID | None
    created_at: datetime
    updated_at: datetime
    running: bool


async def insert_conversation(
    db: Executor, *, conversation_id: UUID, user_id: UUID, title: str, title_is_custom: bool, most: int
) -> bool:
    """Store a new conversation; False when the user has ``most`` already."""
    values = {"id": conversation_id, "user_id": user_id, "title": title, "title_is_custom": title_is_custom}
    return (await db.execute(INSERT, {**values, "most": most})).scalar_one_or_none() is not None


async def find_conversation(db: Executor, conversation_id: UUID, user_id: UUID) -> ConversationRow | None:
    """Return the user's conversation."""
    row = (await db.execute(FIND, {"id": conversation_id, "user_id": user_id})).one_or_none()
    return ConversationRow(*row) if row else None


async def list_conversations(
    db: Executor, user_id: UUID, *, archived: bool, after: tuple[bool, datetime, UUID] | None, limit: int
) -> list[ConversationRow]:
    """Return the user's conversations, pinned ones first, then last used first, those after the given place."""
    values: dict[str, object] = {"user_id": user_id, "archived": archived, "limit": limit}
    if after is None:
        rows = await db.execute(FIRST_PAGE, values)
    else:
        rows = await db.execute(NEXT_PAGE, {**values, **dict(zip(("pinned", "updated_at", "id"), after, strict=True))})
    return [ConversationRow(*row) for row in rows]


async def set_title(db: Executor, conversation_id: UUID, title: str, *, is_custom: bool) -> bool:
    """Store a title; an automatic one never replaces a custom one. False when nothing was changed."""
    values = {"id": conversation_id, "title": title, "is_custom": is_custom}
    return (await db.execute(SET_TITLE, values)).scalar_one_or_none() is not None


async def set_place(db: Executor, conversation_id: UUID, *, pinned: bool | None, archived: bool | None) -> None:
    """Pin or archive (None: as it is). What is pinned leaves the archive, what is archived is pinned no longer."""
    await db.execute(SET_PLACE, {"id": conversation_id, "pinned": pinned, "archived": archived})


async def delete_conversation(db: Executor, conversation_id: UUID) -> bool:
    """Delete a conversation with its messages, and cancel what waits in it; False when there is none."""
    return bool((await db.execute(DELETE, {"id": conversation_id})).scalar_one())
