"""What an admin does with accounts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import LastAdmin, NotFound
from backend.models import User, UserRole, UserStatus
from backend.repositories import session_repository, user_repository


async def change_user(db: AsyncSession, user_id: UUID, *, role: UserRole | None, status: UserStatus | None) -> User:
    """Approve, disable, promote or demote; sessions of a changed account end. Raises LastAdmin and NotFound."""
    await user_repository.count_admins(db)  # holds the admins' rows, so that two demotions cannot cross
    changed = await user_repository.change_user(db, user_id, role=role, status=status)
    if changed is None:
        raise NotFound
    if await user_repository.count_admins(db) == 0:
        raise LastAdmin
    if status == UserStatus.DISABLED or role is not None:
        await session_repository.delete_sessions(db, user_id, keep=None)
    return changed
