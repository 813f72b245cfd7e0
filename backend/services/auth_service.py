"""Accounts and who may come in: sign-up, sign-in, passwords, sessions."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock, utc_now
from backend.core.config import Settings, SignUpMode
from backend.core.database import Database
from backend.core.direct_sql import Executor
from backend.core.errors import (
    AccountDisabled,
    AccountPending,
    EmailTaken,
    InvalidCredentials,
    SignUpClosed,
    WrongPassword,
)
from backend.core.ids import new_id
from backend.core.security import PasswordVault, hash_token, new_token
from backend.models import Session, User, UserRole, UserStatus
from backend.repositories import session_repository, user_repository
from backend.repositories.session_repository import SignedInUser
from backend.services.rate_limit_service import RateLimiter
from backend.services.user_service import create_user

TOUCH_S = 60
USER_AGENT_CHARS_MAX = 300
ACCOUNT_FACTOR = 10
"""An account takes this many times the attempts of one address before it turns strangers away."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: the address that we believe, and what the browser says of itself."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A door just opened: the account and the new session's token (its only appearance in the clear)."""

    user: User
    token: str


class AuthService:
    """Sign-up, sign-in and what belongs to an account. Opens its own units: hashing lies between them."""

    def __init__(
        self, database: Database, settings: Settings, vault: PasswordVault, limiter: RateLimiter, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._settings = settings
        self._vault = vault
        self._limiter = limiter
        self._clock = clock

    async def sign_up(self, email: str, password: str, display_name: str | None, visitor: Visitor) -> Entry | None:
        """Make an account and sign it in; None when it has to wait for approval.

        The very first account is always let in, and becomes the admin. Where approval is needed, a taken
        address gets the same answer as a new one.
        """
        await self._limiter.hit(
            "sign-up", visitor.address, most=self._settings.sign_up_attempts_per_address, window_s=self._window_s
        )
        mode = self._settings.sign_up
        async with self._database.unit_of_work() as db:
            if mode is SignUpMode.CLOSED and await user_repository.any_user(db):
                raise SignUpClosed
        password_hash = await self._vault.hash(password)
        status = UserStatus.PENDING if mode is SignUpMode.APPROVAL else UserStatus.ACTIVE
        account = new_account(email, password_hash, display_name, status=status)
        async with self._database.unit_of_work() as db:
            user = await create_user(
                db,
                account,
                start_credits_mc=self._settings.start_credits_mc,
                only_first=mode is SignUpMode.CLOSED,
            )
            if user is not None and user.status == UserStatus.ACTIVE:
                return await self._enter(db, user, visitor)
        if user is None and mode is not SignUpMode.APPROVAL:
            raise SignUpClosed if mode is SignUpMode.CLOSED else EmailTaken
        return None

    async def sign_in(self, email: str, password: str, visitor: Visitor) -> Entry:
        """Let an account in; one error for a wrong address and a wrong password, in the same time."""
        email_key = email.casefold()
        await self._limiter.hit(
            "address", visitor.address, most=self._settings.sign_in_attempts_per_address, window_s=self._window_s
        )
        await self._limiter.hit(
            "pair",
            email_key,
            visitor.address,
            most=self._settings.sign_in_attempts_per_account,
            window_s=self._window_s,
        )
        async with self._database.unit_of_work() as db:
            user = await user_repository.find_by_email(db, email_key)
            known = user is not None and await session_repository.knows_address(db, user.id, visitor.address)
        if not known:  # strangers share one allowance; the owner's own addresses stay open
            most = self._settings.sign_in_attempts_per_account * ACCOUNT_FACTOR
            await self._limiter.hit("account", email_key, most=most, window_s=self._window_s)
        if not await self._vault.verify(user.password_hash if user else None, password) or user is None:
            raise InvalidCredentials
        refuse_inactive(user.status)
        async with self._database.unit_of_work() as db:
            return await self._enter(db, user, visitor)

    async def authenticate(self, db: Executor, token: str, address: str) -> SignedInUser | None:
        """Return who a session's token belongs to; None when it is unknown, expired or its account is not active."""
        found = await session_repository.find_session(
            db, hash_token(token), idle_s=self._settings.session_idle_s, touch_s=TOUCH_S, address=address
        )
        return found if found is not None and found.status == UserStatus.ACTIVE else None

    async def change_password(self, user: SignedInUser, current: str, new: str, visitor: Visitor) -> Entry:
        """Set a new password; every session ends and a fresh one begins. Raises WrongPassword."""
        most = self._settings.sign_in_attempts_per_account
        await self._limiter.hit("password", str(user.id), most=most, window_s=self._window_s)
        async with self._database.unit_of_work() as db:
            account = await user_repository.find_by_email(db, user.email.casefold())
        if account is None or not await self._vault.verify(account.password_hash, current):
            raise WrongPassword
        password_hash = await self._vault.hash(new)
        async with self._database.unit_of_work() as db:
            await user_repository.set_password(db, user.id, password_hash)
            await session_repository.delete_sessions(db, user.id, keep=None)
            return await self._enter(db, account, visitor)

    async def sign_out(self, db: AsyncSession, user: SignedInUser) -> None:
        """End the session that asks."""
        await session_repository.delete_session(db, user.session_id, user.id)

    async def list_sessions(self, db: AsyncSession, user_id: UUID) -> list[Session]:
        """Return the user's living sessions, last used first."""
        return await session_repository.list_sessions(db, user_id, idle_s=self._settings.session_idle_s)

    @property
    def _window_s(self) -> int:
        return self._settings.sign_in_window_s

    async def _enter(self, db: AsyncSession, user: User, visitor: Visitor) -> Entry:
        token = new_token()
        session = Session(
            id=new_id(),
            user_id=user.id,
            token_hash=hash_token(token),
            address=visitor.address,
            user_agent=visitor.user_agent[:USER_AGENT_CHARS_MAX],
            expires_at=self._clock() + timedelta(seconds=self._settings.session_max_s),
        )
        await session_repository.insert_session(db, session, keep=self._settings.max_sessions_per_user)
        return Entry(user, token)


def new_account(
    email: str,
    password_hash: str,
    display_name: str | None,
    *,
    status: UserStatus = UserStatus.ACTIVE,
    role: UserRole = UserRole.USER,
) -> User:
    """Return an account, not yet stored; without a name it is called by what stands before the @."""
    return User(
        id=new_id(),
        email=email,
        email_key=email.casefold(),
        display_name=display_name or email.split("@", 1)[0],
        password_hash=password_hash,
        role=role,
        status=status,
    )


def refuse_inactive(status: UserStatus) -> None:
    """Raise the error that says why an account may not come in; nothing for an active one."""
    if status == UserStatus.PENDING:
        raise AccountPending
    if status == UserStatus.DISABLED:
        raise AccountDisabled
