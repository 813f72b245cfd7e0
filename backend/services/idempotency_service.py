"""Commands that may be repeated: the same key and body get the same answer, and the work is done once."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import IdempotencyMismatch, IdempotencyRunning
from backend.repositories import idempotency_repository as repository

KEEP_S = 24 * 3600


def hash_request(*parts: object) -> bytes:
    """Return the fingerprint of a command: equal bodies give equal bytes."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS)).digest()


async def run_once(
    db: AsyncSession,
    *,
    user_id: UUID,
    operation: str,
    key: str | None,
    request_hash: bytes,
    command: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Run the command and keep its answer in the same transaction, or return the answer of its first run.

    Raises IdempotencyMismatch (the key belongs to another body) and IdempotencyRunning (the first is at work).
    """
    if key is None:
        return await command()
    if not await repository.lock_command(db, user_id, operation, key):
        raise IdempotencyRunning(retry_after_s=1)
    earlier = await repository.find_command(db, user_id, operation, key)
    if earlier is None:
        response = await command()
        await repository.store_command(db, user_id, operation, key, request_hash, response)
        return response
    if earlier.request_hash != request_hash:
        raise IdempotencyMismatch
    return earlier.response
