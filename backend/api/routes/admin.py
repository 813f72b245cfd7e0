"""What admins do with accounts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from backend.api.deps import CurrentAdmin, DbDep
from backend.api.errors import errors
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind
from backend.models import UserRole, UserStatus
from backend.repositories import user_repository
from backend.schemas.auth import UserChange, UserOut
from backend.schemas.base import Page
from backend.services import user_service

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=StrictRoute)


@router.get("/users", summary="All accounts", responses=errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN))
async def list_users(
    _admin: CurrentAdmin,
    db: DbDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Literal["active", "pending", "disabled"] | None = None,
) -> Page[UserOut]:
    """Return accounts in the order they were made."""
    wanted = UserStatus(status) if status else None
    rows = await user_repository.list_users(db, status=wanted, after=cursor, limit=limit + 1)
    page = [UserOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


@router.patch(
    "/users/{user_id}",
    summary="Approve, disable or promote an account",
    responses=errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT),
)
async def change_user(user_id: UUID, body: UserChange, admin: CurrentAdmin, db: DbDep) -> UserOut:
    """Change an account's state or role; its sessions end. The last admin stays."""
    role = UserRole(body.role) if body.role else None
    status = UserStatus(body.status) if body.status else None
    return UserOut.model_validate(
        await user_service.change_user(db, user_id, role=role, status=status, actor_id=admin.id)
    )
