"""What the command line does with accounts."""

from pydantic import TypeAdapter, ValidationError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import StartError
from backend.core.migrate import migrate
from backend.core.security import PasswordVault
from backend.models import UserRole
from backend.repositories import session_repository, user_repository
from backend.schemas.auth import Email, NewPassword
from backend.services.auth_service import new_account


async def create_account(settings: Settings, url: str, email: str, password: str, *, admin: bool) -> str:
    """Make an active account and return a sentence about it; raises StartError when the address is taken."""
    _check(email, password)
    migrate(url)
    password_hash = await PasswordVault(concurrency=1).hash(password)
    account = new_account(email, password_hash, None, role=UserRole.ADMIN if admin else UserRole.USER)
    database = Database(url, settings)
    try:
        async with database.unit_of_work() as db:
            made = await user_repository.insert_user(db, account)
    finally:
        await database.close()
    if made is None:
        raise StartError(f"There is an account {email} already.")
    return f"Made {made.role} {email}."


async def reset_password(settings: Settings, url: str, email: str, password: str) -> str:
    """Set an account's password, end its sessions, and return a sentence about it."""
    _check(email, password)
    password_hash = await PasswordVault(concurrency=1).hash(password)
    database = Database(url, settings)
    try:
        async with database.unit_of_work() as db:
            user = await user_repository.find_by_email(db, email.casefold())
            if user is None:
                raise StartError(f"There is no account {email}.")
            await user_repository.set_password(db, user.id, password_hash)
            await session_repository.delete_sessions(db, user.id, keep=None)
    finally:
        await database.close()
    return f"Set the password of {email}; its sessions have ended."


def _check(email: str, password: str) -> None:
    for what, kind, value in (("The e-mail address", Email, email), ("The password", NewPassword, password)):
        try:
            TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            reason = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise StartError(f"{what} cannot be used: {reason}.") from None
