"""SQL of shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Integer, Text, Uuid

from backend.core.direct_sql import Executor
from backend.repositories.asset_repository import PartRow

COLUMNS = "s.id, s.conversation_id, s.token, s.title, s.message_count, s.created_at, s.expires_at"
LIVES = "(s.expires_at IS NULL OR s.expires_at > now())"
LOCK_USER = text("SELECT pg_advisory_xact_lock(hashtextextended('shares:' || :user_id, 0))")
LOCK_CONVERSATION = text("""
    SELECT c.title, c.leaf_id FROM conversations c WHERE c.id = :id AND c.user_id = :user_id FOR KEY SHARE
""")
COUNT = text(f"SELECT count(*) FROM shares s WHERE s.user_id = :user_id AND {LIVES}")
INSERT = text(f"""
    INSERT INTO shares AS s (id, user_id, conversation_id, token, token_hash, title, messages, message_count,
                             expires_at)
    VALUES (:id, :user_id, :conversation_id, :token, :token_hash, :title, :messages, :message_count,
            now() + make_interval(days => :days))
    RETURNING {COLUMNS}
""").bindparams(bindparam("messages", type_=JSONB), bindparam("days", type_=Integer()))
INSERT_FILES = text("""
    INSERT INTO share_files (share_id, asset_id, part, sha256, mime)
    SELECT :share_id, f.* FROM unnest(:assets, :parts, :hashes, :mimes) AS f (asset_id, part, sha256, mime)
""").bindparams(
    bindparam("assets", type_=ARRAY(Uuid())),
    bindparam("parts", type_=ARRAY(Text())),
    bindparam("hashes", type_=ARRAY(BYTEA)),
    bindparam("mimes", type_=ARRAY(Text())),
)
LIST = text(f"""
    SELECT {COLUMNS} FROM shares s WHERE s.user_id = :user_id AND s.id < :before AND {LIVES}
    ORDER BY s.id DESC LIMIT :limit
""")
LIST_OF = text(f"""
    SELECT {COLUMNS} FROM shares s WHERE s.conversation_id = :conversation_id AND s.user_id = :user_id AND {LIVES}
    ORDER BY s.id DESC LIMIT :limit
""")
DELETE = text("DELETE FROM shares WHERE id = :id AND user_id = :user_id RETURNING conversation_id")
READ = text(f"""
    SELECT s.title, s.messages, s.created_at, s.expires_at
    FROM shares s JOIN users u ON u.id = s.user_id AND u.status = 'active'
    WHERE s.token_hash = :token_hash AND {LIVES}
""")
FIND_FILE = text(f"""
    SELECT o.sha256, o.size_bytes, f.mime, '' AS name
    FROM shares s
    JOIN users u ON u.id = s.user_id AND u.status = 'active'
    JOIN share_files f ON f.share_id = s.id AND f.asset_id = :asset_id AND f.part = :part
    JOIN stored_objects o ON o.sha256 = f.sha256
    WHERE s.token_hash = :token_hash AND {LIVES}
""")
DELETE_EXPIRED = text("""
    DELETE FROM shares WHERE id IN (
        SELECT id FROM shares WHERE expires_at <= now() ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id
""")
LAST_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share as its owner sees it."""

    id: UUID
    conversation_id: UUID
    token: str
    title: str
    message_count: int
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SharedRow:
    """A share as everybody sees it who has its link."""

    title: str
    messages: list[dict[str, Any]]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewFile:
    """An object that a share shows: the ``part`` of an asset."""

    asset_id: UUID
    part: str
    sha256: bytes
    mime: str


async def lock_user(db: Executor, user_id: UUID) -> None:
    """Let the user's shares be counted and added by one transaction at a time."""
    await db.execute(LOCK_USER, {"user_id": str(user_id)})


async def lock_conversation(db: Executor, conversation_id: UUID, user_id: UUID) -> tuple[str, UUID | None] | None:
    """Keep the user's conversation from being deleted until the transaction ends; returns its title and leaf."""
    row = (await db.execute(LOCK_CONVERSATION, {"id": conversation_id, "user_id": user_id})).one_or_none()
    return (row.title, row.leaf_id) if row else None


async def count_shares(db: Executor, user_id: UUID) -> int:
    """Return how many living shares the user has."""
    return int((await db.execute(COUNT, {"user_id": user_id})).scalar_one())


async def insert_share(db: Executor, values: dict[str, Any]) -> ShareRow:
    """Store a share; ``days``: how long it lives, None for ever."""
    return ShareRow(*(await db.execute(INSERT, values)).one())


async def insert_files(db: Executor, share_id: UUID, files: Sequence[NewFile]) -> None:
    """Note the objects that a share shows; from now on no sweep takes them."""
    values: dict[str, Any] = {
        "share_id": share_id,
        "assets": [file.asset_id for file in files],
        "parts": [file.part for file in files],
        "hashes": [file.sha256 for file in files],
        "mimes": [file.mime for file in files],
    }
    await db.execute(INSERT_FILES, values)


async def list_shares(db: Executor, user_id: UUID, *, before: UUID | None, limit: int) -> list[ShareRow]:
    """Return the user's living shares, newest first, those older than the given one."""
    values = {"user_id": user_id, "before": before or LAST_ID, "limit": limit}
    return [ShareRow(*row) for row in await db.execute(LIST, values)]


async def list_shares_of(db: Executor, conversation_id: UUID, user_id: UUID, *, limit: int) -> list[ShareRow]:
    """Return the living shares of the user's conversation, newest first."""
    values = {"conversation_id": conversation_id, "user_id": user_id, "limit": limit}
    return [ShareRow(*row) for row in await db.execute(LIST_OF, values)]


async def delete_share(db: Executor, share_id: UUID, user_id: UUID) -> UUID | None:
    """Delete the user's share; returns its conversation, None when there is no such share."""
    gone: UUID | None = (await db.execute(DELETE, {"id": share_id, "user_id": user_id})).scalar_one_or_none()
    return gone


async def read_share(db: Executor, token_hash: bytes) -> SharedRow | None:
    """Return the living share of a token whose owner's account is in order."""
    row = (await db.execute(READ, {"token_hash": token_hash})).one_or_none()
    return SharedRow(*row) if row else None


async def find_file(db: Executor, token_hash: bytes, asset_id: UUID, part: str) -> PartRow | None:
    """Return an object that the living share of a token shows; it has no name there."""
    values = {"token_hash": token_hash, "asset_id": asset_id, "part": part}
    row = (await db.execute(FIND_FILE, values)).one_or_none()
    return PartRow(*row) if row else None


async def delete_expired(db: Executor, *, limit: int) -> int:
    """Delete shares whose time is over; returns how many."""
    return len(list(await db.execute(DELETE_EXPIRED, {"limit": limit})))
