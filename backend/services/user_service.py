"""Accounts: made with their first credits, changed by admins."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import LastAdmin, NotFound
from backend.models import User, UserRole, UserStatus
from backend.repositories import audit_repository, session_repository, user_repository
from backend.services.credit_service import CreditService

START_KEY = "start"


async def create_user(
    db: AsyncSession, account: User, *, start_credits_mc: int, only_first: bool = False
) -> User | None:
    """Store an account with the credits that a new one begins with; see ``insert_user`` for None."""
    user = await user_repository.insert_user(db, account, only_first=only_first)
    if user is not None and start_credits_mc > 0:
        await CreditService(db).grant_credits(user.id, start_credits_mc, "start credits", key=START_KEY)
    return user


async def change_user(
    db: AsyncSession, user_id: UUID, *, role: UserRole | None, status: UserStatus | None, actor_id: UUID
) -> User:
    """Approve, disable, promote or demote; sessions of a changed account end. Raises LastAdmin and NotFound."""
    await user_repository.count_admins(db)  # holds the admins' rows, so that two demotions cannot cross
    before = await user_repository.find_user(db, user_id)
    changed = await user_repository.change_user(db, user_id, role=role, status=status)
    if changed is None or before is None:
        raise NotFound
    if await user_repository.count_admins(db) == 0:
        raise LastAdmin
    if status == UserStatus.DISABLED or role is not None:
        await session_repository.delete_sessions(db, user_id, keep=None)
    after = {"role": changed.role, "status": changed.status}
    await audit_repository.note(db, "user.change", str(user_id), actor_id=actor_id, before=before, after=after)
    return changed
