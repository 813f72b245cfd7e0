"""Coming in and going out."""

from fastapi import APIRouter, Request, Response

from backend.api.client_address import is_secure
from backend.api.deps import ContainerDep, CurrentUser, DbDep, VisitorDep, cookie_name
from backend.api.errors import errors
from backend.api.strict_json import StrictRoute
from backend.core.config import Settings
from backend.core.errors import Kind
from backend.schemas.auth import SignedIn, SignIn, SignUp, UserOut

router = APIRouter(prefix="/api/auth", tags=["auth"], route_class=StrictRoute)


@router.post(
    "/sign-up",
    status_code=201,
    summary="Make an account",
    responses=errors(Kind.FORBIDDEN, Kind.CONFLICT, Kind.LIMIT),
)
async def sign_up(
    body: SignUp, request: Request, response: Response, visitor: VisitorDep, container: ContainerDep
) -> SignedIn:
    """Make an account and sign it in. The first account of an installation becomes its admin.

    Where approval is needed the answer has no user and no cookie, for a new address and a taken one alike.
    """
    entry = await container.auth.sign_up(body.email, body.password, body.display_name, visitor)
    if entry is None:
        return SignedIn(user=None)
    set_session_cookie(response, entry.token, request, container.settings)
    return SignedIn(user=UserOut.model_validate(entry.user))


@router.post("/sign-in", summary="Sign in", responses=errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.LIMIT))
async def sign_in(
    body: SignIn, request: Request, response: Response, visitor: VisitorDep, container: ContainerDep
) -> SignedIn:
    """Begin a session; it lives in a cookie that scripts cannot read. A session sent along is never taken over."""
    entry = await container.auth.sign_in(body.email, body.password, visitor)
    set_session_cookie(response, entry.token, request, container.settings)
    return SignedIn(user=UserOut.model_validate(entry.user))


@router.post("/sign-out", status_code=204, summary="Sign out", responses=errors(Kind.UNAUTHENTICATED))
async def sign_out(request: Request, user: CurrentUser, db: DbDep, container: ContainerDep) -> Response:
    """End this session, here and on the server, and ask the browser to forget what it kept."""
    await container.auth.sign_out(db, user)
    secure = is_secure(request.scope, container.settings)
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "cookies"'})
    response.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="lax")
    return response


def set_session_cookie(response: Response, token: str, request: Request, settings: Settings) -> None:
    """Hand the session's token to the browser, as tightly as the connection allows."""
    secure = is_secure(request.scope, settings)
    response.set_cookie(
        cookie_name(secure),
        token,
        max_age=settings.session_max_s,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
