"""What admins and the command line do to balances: additive, with a reason, once per key, audited."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import NotFound
from backend.models import TransactionKind
from backend.repositories import audit_repository, credit_repository
from backend.repositories.credit_repository import Row
from backend.services.credit_service import CreditService


async def grant_credits(
    db: AsyncSession, user_id: UUID, amount_mc: int, reason: str, *, actor_id: UUID | None, key: str | None
) -> Row:
    """Add credits and return the transaction; a repetition returns the first one. ``actor_id`` None: the operator."""
    return await _change(db, user_id, TransactionKind.GRANT, amount_mc, reason, actor_id=actor_id, key=key)


async def adjust_credits(
    db: AsyncSession, user_id: UUID, amount_mc: int, reason: str, *, actor_id: UUID | None, key: str | None
) -> Row:
    """Correct a balance and return the transaction. Raises InsufficientCredits: what is held stays covered."""
    return await _change(db, user_id, TransactionKind.ADJUST, amount_mc, reason, actor_id=actor_id, key=key)


async def _change(
    db: AsyncSession,
    user_id: UUID,
    kind: TransactionKind,
    amount_mc: int,
    reason: str,
    *,
    actor_id: UUID | None,
    key: str | None,
) -> Row:
    named = f"admin:{actor_id or 'operator'}:{key}" if key else None
    moved = await CreditService(db).change_balance(user_id, kind, amount_mc, reason, actor_id=actor_id, key=named)
    if moved.outcome == "done":
        await audit_repository.note(
            db, f"credits.{kind}", str(user_id), actor_id=actor_id, amount_mc=amount_mc, reason=reason
        )
    assert moved.transaction_id is not None  # noqa: S101 - done and repeated name the transaction
    found = await credit_repository.find_transaction(db, moved.transaction_id, user_id)
    if found is None:
        raise NotFound
    return found
