"""SQL of the list of one's files, each with what it was made from."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.media_types import AssetKind
from backend.repositories.asset_repository import LAST_ID, AssetRow, read_asset

COLUMNS = """
    a.id, a.kind, a.mime, a.sha256, a.size_bytes, a.width, a.height, a.duration_ms, a.thumbnail_sha256,
    a.poster_sha256, a.name, a.created_at
"""
# A shot stands in the message of its storyboard; a storyboard without words of its own is told by its first shot.
ORIGIN = """
    t.id AS task_id, t.model_id, t.conversation_id, coalesce(t.message_id, p.message_id) AS message_id,
    left(coalesce(nullif(t.prompt, ''), t.request -> 'shots' -> 0 ->> 'prompt', ''), :prompt_chars) AS prompt
"""
PROMPT_CHARS = 500


@dataclass(frozen=True, slots=True)
class OriginRow:
    """Which task made a file. Conversation and message may be gone; ``prompt`` is cut to its beginning."""

    task_id: UUID
    model_id: str
    conversation_id: UUID | None
    message_id: UUID | None
    prompt: str


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """A file, and the task that made it, if one did."""

    asset: AssetRow
    origin: OriginRow | None


async def list_assets(
    db: AsyncSession,
    user_id: UUID,
    *,
    kind: AssetKind | None,
    model_id: str | None,
    made: bool,
    before: UUID | None,
    limit: int,
) -> list[ListedAsset]:
    """Return the user's files, newest first, those older than the given one; ``made``: only what tasks made."""
    values = {
        "user_id": user_id,
        "before": before or LAST_ID,
        "limit": limit,
        "prompt_chars": PROMPT_CHARS,
        **({"kind": kind.value} if kind else {}),
        **({"model_id": model_id} if model_id else {}),
    }
    statement = _statement(by_kind=kind is not None, by_model=model_id is not None, made=made)
    return [_listed(dict(row._mapping)) for row in await db.execute(statement, values)]


@cache
def _statement(*, by_kind: bool, by_model: bool, made: bool) -> TextClause:
    """Return the statement for these filters: each combination has an index of its own to walk."""
    conditions = ["a.user_id = :user_id", "a.id < :before"]
    if by_kind:
        conditions.append("a.kind = :kind")
    if by_model:
        conditions.append("a.model_id = :model_id")
    if made or by_model:
        conditions.append("a.task_id IS NOT NULL")
    return text(f"""
        SELECT {COLUMNS}, {ORIGIN}
        FROM assets a LEFT JOIN tasks t ON t.id = a.task_id LEFT JOIN tasks p ON p.id = t.parent_id
        WHERE {" AND ".join(conditions)} ORDER BY a.id DESC LIMIT :limit
    """)


def _listed(row: dict[str, Any]) -> ListedAsset:
    origin = {name: row.pop(name) for name in OriginRow.__slots__}
    return ListedAsset(read_asset(row), OriginRow(**origin) if origin["task_id"] else None)
