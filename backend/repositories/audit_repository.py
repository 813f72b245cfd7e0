"""SQL of the audit log; there is only writing and reading."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from backend.core.ids import new_id
from backend.models import AuditRecord


async def note(db: AsyncSession, action: str, target: str, *, actor_id: UUID | None, **details: Any) -> None:
    """Append a line to the log, in the transaction of what it tells. ``details`` hold no secrets."""
    request_id = str(get_contextvars().get("request_id", ""))
    db.add(
        AuditRecord(
            id=new_id(), actor_id=actor_id, action=action, target=target, details=details, request_id=request_id
        )
    )
    await db.flush()


async def list_records(db: AsyncSession, *, action: str | None, after: UUID | None, limit: int) -> list[AuditRecord]:
    """Return lines of the log, newest first, those older than ``after``."""
    query = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(limit)
    if action is not None:
        query = query.where(AuditRecord.action == action)
    if after is not None:
        query = query.where(AuditRecord.id < after)
    return list((await db.execute(query)).scalars())
