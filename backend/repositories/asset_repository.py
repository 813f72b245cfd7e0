"""SQL of assets and of the objects behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import BigInteger, Uuid

from backend.core.media_types import AssetKind

COLUMNS = """
    id, kind, mime, sha256, size_bytes, width, height, duration_ms, thumbnail_sha256, poster_sha256, name, created_at
"""
HASHES = bindparam("hashes", type_=ARRAY(BYTEA))
CLAIM = text("""
    INSERT INTO stored_objects (sha256, size_bytes)
    SELECT * FROM unnest(:hashes, :sizes) AS wanted (sha256, size_bytes) ORDER BY sha256
    ON CONFLICT (sha256) DO UPDATE SET touched_at = now() WHERE NOT stored_objects.doomed
    RETURNING sha256
""").bindparams(HASHES, bindparam("sizes", type_=ARRAY(BigInteger)))
HOLD = text("""
    WITH held AS (
        SELECT sha256 FROM stored_objects WHERE sha256 = ANY(:hashes) AND NOT doomed
        ORDER BY sha256 FOR NO KEY UPDATE
    )
    UPDATE stored_objects o SET touched_at = now() FROM held WHERE o.sha256 = held.sha256 RETURNING o.sha256
""").bindparams(HASHES)
LOCK_USER = text("SELECT pg_advisory_xact_lock(hashtextextended('assets:' || :user_id, 0))")
USED = text("""
    SELECT coalesce((SELECT sum(size_bytes) FROM assets WHERE user_id = :user_id), 0)::bigint
         + coalesce((SELECT sum(size_bytes) FROM stored_objects WHERE sha256 IN (
               SELECT f.sha256 FROM shares s JOIN share_files f ON f.share_id = s.id AND f.part = 'content'
               WHERE s.user_id = :user_id
                 AND NOT EXISTS (SELECT FROM assets a WHERE a.user_id = :user_id AND a.sha256 = f.sha256))), 0)::bigint
""")
FIND_SAME = text(f"""
    SELECT {COLUMNS} FROM assets WHERE user_id = :user_id AND (sha256 = :hash OR source_sha256 = :hash)
    ORDER BY id LIMIT 1
""")
INSERT = text(f"""
    INSERT INTO assets (id, user_id, kind, mime, sha256, source_sha256, size_bytes, width, height, duration_ms,
                        thumbnail_sha256, poster_sha256, name)
    VALUES (:id, :user_id, :kind, :mime, :sha256, :source_sha256, :size_bytes, :width, :height, :duration_ms,
            :thumbnail_sha256, :poster_sha256, :name)
    RETURNING {COLUMNS}
""")
FIND = text(f"SELECT {COLUMNS} FROM assets WHERE id = :id AND user_id = :user_id")
FIND_MANY = text(f"SELECT {COLUMNS} FROM assets WHERE id = ANY(:ids) AND user_id = :user_id").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)
FIND_PART = text("""
    SELECT o.sha256, o.size_bytes, a.mime, a.name
    FROM assets a JOIN stored_objects o ON o.sha256 = CASE CAST(:part AS text)
        WHEN 'content' THEN a.sha256 WHEN 'thumbnail' THEN a.thumbnail_sha256 WHEN 'poster' THEN a.poster_sha256 END
    WHERE a.id = :id AND a.user_id = :user_id
""")
# What a task is being made from is needed until its bytes are with the provider.
DELETE = text("""
    DELETE FROM assets a WHERE a.id = :id AND a.user_id = :user_id AND NOT EXISTS (
        SELECT FROM tasks t WHERE t.user_id = :user_id AND t.finished_at IS NULL
          AND jsonb_path_exists(t.request, '$.**.asset_id ? (@ == $id)', jsonb_build_object('id', CAST(:id AS text))))
    RETURNING id
""")
DOOM = text("""
    UPDATE stored_objects SET doomed = true WHERE sha256 IN (
        SELECT o.sha256 FROM stored_objects o
        WHERE o.touched_at < now() - make_interval(secs => :grace_s)
          AND NOT EXISTS (SELECT FROM assets a WHERE a.sha256 = o.sha256)
          AND NOT EXISTS (SELECT FROM assets a WHERE a.thumbnail_sha256 = o.sha256)
          AND NOT EXISTS (SELECT FROM assets a WHERE a.poster_sha256 = o.sha256)
          AND NOT EXISTS (SELECT FROM share_files f WHERE f.sha256 = o.sha256)
        ORDER BY o.touched_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING sha256
""")
FORGET = text("DELETE FROM stored_objects WHERE doomed AND sha256 = ANY(:hashes)").bindparams(HASHES)
LAST_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset as it is read; ``sha256`` and its like name objects of the store."""

    id: UUID
    kind: AssetKind
    mime: str
    sha256: bytes
    size_bytes: int
    width: int | None
    height: int | None
    duration_ms: int | None
    thumbnail_sha256: bytes | None
    poster_sha256: bytes | None
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PartRow:
    """One object of an asset; ``mime`` and ``name`` are the asset's own."""

    sha256: bytes
    size_bytes: int
    mime: str
    name: str


@dataclass(frozen=True, slots=True)
class NewAsset:
    """An asset about to be written; its objects are claimed and stored."""

    id: UUID
    user_id: UUID
    kind: AssetKind
    mime: str
    sha256: bytes
    source_sha256: bytes
    size_bytes: int
    width: int | None
    height: int | None
    duration_ms: int | None
    thumbnail_sha256: bytes | None
    poster_sha256: bytes | None
    name: str


async def claim_objects(db: AsyncSession, sizes: Mapping[bytes, int]) -> bool:
    """Keep these objects from being swept for the grace time; False when one of them is being removed just now."""
    values = {"hashes": list(sizes), "sizes": list(sizes.values())}
    return len((await db.execute(CLAIM, values)).all()) == len(sizes)


async def hold_objects(db: AsyncSession, hashes: Sequence[bytes]) -> bool:
    """Renew a claim in the transaction that begins to refer to the objects; False when a sweep came between."""
    return len((await db.execute(HOLD, {"hashes": list(hashes)})).all()) == len(hashes)


async def lock_user(db: AsyncSession, user_id: UUID) -> None:
    """Let the user's files be counted and added by one transaction at a time."""
    await db.execute(LOCK_USER, {"user_id": str(user_id)})


async def used_bytes(db: AsyncSession, user_id: UUID) -> int:
    """Return how much room the user's files take, with those that are deleted and still shown by a share.

    Small pictures made of them are not counted.
    """
    return int((await db.execute(USED, {"user_id": user_id})).scalar_one())


async def find_same(db: AsyncSession, user_id: UUID, sha256: bytes) -> AssetRow | None:
    """Return the user's asset that came, or is stored, with these very bytes."""
    row = (await db.execute(FIND_SAME, {"user_id": user_id, "hash": sha256})).one_or_none()
    return _asset(row) if row else None


async def insert_asset(db: AsyncSession, asset: NewAsset) -> AssetRow:
    """Store a new asset."""
    values = {field: getattr(asset, field) for field in NewAsset.__slots__}
    return _asset((await db.execute(INSERT, values)).one())


async def find_asset(db: AsyncSession, asset_id: UUID, user_id: UUID) -> AssetRow | None:
    """Return the user's asset."""
    row = (await db.execute(FIND, {"id": asset_id, "user_id": user_id})).one_or_none()
    return _asset(row) if row else None


async def find_assets(db: AsyncSession, asset_ids: Sequence[UUID], user_id: UUID) -> list[AssetRow]:
    """Return those of the assets that are the user's."""
    if not asset_ids:
        return []
    return [_asset(row) for row in await db.execute(FIND_MANY, {"ids": list(asset_ids), "user_id": user_id})]


async def find_part(db: AsyncSession, asset_id: UUID, user_id: UUID, part: str) -> PartRow | None:
    """Return the ``content``, ``thumbnail`` or ``poster`` of the user's asset."""
    row = (await db.execute(FIND_PART, {"id": asset_id, "user_id": user_id, "part": part})).one_or_none()
    return PartRow(**row._mapping) if row else None


async def delete_asset(db: AsyncSession, asset_id: UUID, user_id: UUID) -> bool:
    """Delete the user's asset; False when there is none, or it is in use. Its bytes stay until a sweep."""
    return (await db.execute(DELETE, {"id": asset_id, "user_id": user_id})).scalar_one_or_none() is not None


async def doom_objects(db: AsyncSession, *, grace_s: int, limit: int) -> list[bytes]:
    """Mark objects that no asset and no share refers to and nobody claimed for the grace time.

    Nobody can claim them now. Those that an earlier sweep marked and did not live to remove are among them again.
    """
    rows = await db.execute(DOOM, {"grace_s": grace_s, "limit": limit})
    return [bytes(row.sha256) for row in rows]


async def forget_objects(db: AsyncSession, hashes: Sequence[bytes]) -> None:
    """Delete the rows of doomed objects whose bytes are gone."""
    await db.execute(FORGET, {"hashes": list(hashes)})


def read_asset(columns: Mapping[str, Any]) -> AssetRow:
    """Return an asset from its columns."""
    return AssetRow(**{**columns, "kind": AssetKind(columns["kind"])})


def _asset(row: Row[Any]) -> AssetRow:
    return read_asset(dict(row._mapping))
