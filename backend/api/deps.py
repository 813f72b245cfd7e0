"""What routes ask for: the container, a unit of work, who is asking."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.requests import HTTPConnection
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from backend.api.client_address import client_address, is_secure
from backend.core.errors import Forbidden, MalformedRequest, NotSignedIn
from backend.core.security import TOKEN_CHARS_MAX
from backend.repositories.session_repository import SignedInUser
from backend.services.auth_service import Visitor
from backend.services.container import Container
from backend.services.conversation_service import ConversationService

COOKIE = "latent_session"


def get_container(request: Request) -> Container:
    """Return the parts of the running product."""
    container: Container = request.app.state.container
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


async def get_db(container: ContainerDep) -> AsyncIterator[AsyncSession]:
    """Open one transaction for the request; it is committed before the answer goes out."""
    async with container.database.unit_of_work() as db:
        yield db


DbDep = Annotated[AsyncSession, Depends(get_db, scope="function")]


def get_visitor(request: Request, container: ContainerDep) -> Visitor:
    """Return who knocks."""
    address = client_address(request.scope, container.settings)
    agent = request.headers.get("user-agent", "").encode("utf-8", "replace").decode().replace("\x00", "")
    return Visitor(address=address, user_agent=agent)


VisitorDep = Annotated[Visitor, Depends(get_visitor)]


def cookie_name(secure: bool) -> str:
    """Return the session cookie's name; ``__Host-`` makes browsers insist on TLS, this host and the whole path."""
    return f"__Host-{COOKIE}" if secure else COOKIE


async def authenticate(request: HTTPConnection, container: ContainerDep) -> SignedInUser:
    """Return who is asking, by a request or a socket: the only place that reads credentials. Raises NotSignedIn.

    A second kind of credential beside the cookie is refused rather than weighed.
    """
    token = request.cookies.get(cookie_name(is_secure(request.scope, container.settings)))
    if token and "authorization" in request.headers:
        raise MalformedRequest
    if not token or len(token) > TOKEN_CHARS_MAX:
        raise NotSignedIn
    address = client_address(request.scope, container.settings)
    async with container.database.one_statement() as db:
        user = await container.auth.authenticate(db, token, address)
    if user is None:
        raise NotSignedIn
    return user


CurrentUser = Annotated[SignedInUser, Depends(authenticate)]


async def require_admin(user: CurrentUser) -> SignedInUser:
    """Return who is asking if it is an admin; raises Forbidden."""
    if not user.is_admin:
        raise Forbidden
    return user


CurrentAdmin = Annotated[SignedInUser, Depends(require_admin)]


def get_conversation_service(db: DbDep, container: ContainerDep) -> ConversationService:
    """Return the conversations of this request's unit of work."""
    return ConversationService(db, container.settings)


ConversationServiceDep = Annotated[ConversationService, Depends(get_conversation_service)]
IdempotencyKeyDep = Annotated[
    Annotated[str, StringConstraints(min_length=8, max_length=128, pattern=r"^[\x21-\x7e]+$")] | None,
    Header(
        alias="Idempotency-Key",
        description="A value of your own per command, such as a UUID: a repetition gets the first answer.",
    ),
]
