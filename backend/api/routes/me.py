"""One's own account and its sessions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from backend.api.deps import ContainerDep, CurrentUser, DbDep, VisitorDep
from backend.api.errors import errors
from backend.api.routes.auth import set_session_cookie
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind, NotFound
from backend.repositories import session_repository, user_repository
from backend.schemas.auth import PasswordChange, ProfileChange, SessionOut, UserOut

router = APIRouter(prefix="/api", tags=["account"], route_class=StrictRoute)


@router.get("/me", summary="Who am I", responses=errors(Kind.UNAUTHENTICATED))
async def get_me(user: CurrentUser) -> UserOut:
    """Return the account that is signed in."""
    return UserOut.model_validate(user)


@router.patch("/me", summary="Change my profile", responses=errors(Kind.UNAUTHENTICATED))
async def change_me(body: ProfileChange, user: CurrentUser, db: DbDep) -> UserOut:
    """Change what others see of the account."""
    return UserOut.model_validate(await user_repository.set_display_name(db, user.id, body.display_name))


@router.post(
    "/me/password",
    status_code=204,
    summary="Change my password",
    responses=errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.LIMIT),
)
async def change_password(
    body: PasswordChange, request: Request, user: CurrentUser, visitor: VisitorDep, container: ContainerDep
) -> Response:
    """Set a new password. All other sessions end, this one gets a new id."""
    entry = await container.auth.change_password(user, body.current_password, body.new_password, visitor)
    response = Response(status_code=204)
    set_session_cookie(response, entry.token, request, container.settings)
    return response


@router.get("/sessions", summary="Where I am signed in", responses=errors(Kind.UNAUTHENTICATED))
async def list_sessions(user: CurrentUser, db: DbDep, container: ContainerDep) -> list[SessionOut]:
    """Return the living sessions, last used first."""
    return [
        SessionOut(
            id=session.id,
            address=session.address,
            user_agent=session.user_agent,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            current=session.id == user.session_id,
        )
        for session in await container.auth.list_sessions(db, user.id)
    ]


@router.delete("/sessions", status_code=204, summary="Sign out elsewhere", responses=errors(Kind.UNAUTHENTICATED))
async def revoke_other_sessions(user: CurrentUser, db: DbDep) -> Response:
    """End all sessions but this one."""
    await session_repository.delete_sessions(db, user.id, keep=user.session_id)
    return Response(status_code=204)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End one session",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def revoke_session(session_id: UUID, user: CurrentUser, db: DbDep) -> Response:
    """End one of my sessions."""
    if not await session_repository.delete_session(db, session_id, user.id):
        raise NotFound
    return Response(status_code=204)
