"""SQL of repeated commands."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam

from backend.models import IdempotencyKey

LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
INSERT = text("""
    INSERT INTO idempotency_keys (user_id, operation, key, request_hash, response)
    VALUES (:user_id, :operation, :key, :request_hash, :response)
""").bindparams(bindparam("response", type_=JSONB))
DELETE_OLD = text("DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(secs => :keep_s)")


async def lock_command(db: AsyncSession, user_id: UUID, operation: str, key: str) -> bool:
    """Take the right to run this command until the transaction ends; False while another holds it."""
    return bool((await db.execute(LOCK, {"name": f"{user_id}:{operation}:{key}"})).scalar_one())


async def find_command(db: AsyncSession, user_id: UUID, operation: str, key: str) -> IdempotencyKey | None:
    """Return what an earlier run of the command left."""
    return await db.get(IdempotencyKey, (user_id, operation, key))


async def store_command(
    db: AsyncSession, user_id: UUID, operation: str, key: str, request_hash: bytes, response: dict[str, Any]
) -> None:
    """Keep the command's answer for its repetitions."""
    values = {"user_id": user_id, "operation": operation, "key": key, "request_hash": request_hash}
    await db.execute(INSERT, {**values, "response": response})


async def delete_old_commands(db: AsyncSession, *, keep_s: int) -> None:
    """Forget commands that nobody repeats any more."""
    await db.execute(DELETE_OLD, {"keep_s": keep_s})
