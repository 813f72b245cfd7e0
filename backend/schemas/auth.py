"""Accounts and sessions, as the API shows them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.schemas.base import Input, Line, Output, Text

Email = Annotated[Line, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["lin@example.org"])]
NewPassword = Annotated[Text, Field(min_length=8, max_length=256, examples=["a long and quiet sentence"])]
Password = Annotated[Text, Field(min_length=1, max_length=256, examples=["a long and quiet sentence"])]
DisplayName = Annotated[Line, Field(min_length=1, max_length=80, examples=["Lin Yue"])]


class SignUp(Input):
    """A new account."""

    email: Email
    password: NewPassword
    display_name: DisplayName | None = None


class SignIn(Input):
    """Who wants to come in."""

    email: Email
    password: Password


class PasswordChange(Input):
    """A new password, proven by the old one."""

    current_password: Password
    new_password: NewPassword


class ProfileChange(Input):
    """What a person may change about their own account."""

    display_name: DisplayName


class UserOut(Output):
    """An account."""

    id: UUID
    email: str
    display_name: str
    role: Literal["user", "admin"]
    status: Literal["active", "pending", "disabled"]
    created_at: datetime


class SignedIn(Output):
    """The account that is signed in now; null after a sign-up that waits for approval."""

    user: UserOut | None


class SessionOut(Output):
    """A browser that is signed in."""

    id: UUID
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class UserChange(Input):
    """What an admin may change about an account."""

    status: Literal["active", "disabled"] | None = None
    role: Literal["user", "admin"] | None = None


class InstanceOut(Output):
    """What anyone may know about this installation before signing in."""

    version: str
    sign_up: Literal["open", "approval", "closed"]
    first_account: bool
    """True while there is no account at all: the next one becomes the admin."""
