"""What the command line does with accounts."""

from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import StartError
from backend.core.migrate import migrate
from backend.core.pricing import MC_PER_CREDIT, to_mc
from backend.core.security import PasswordVault
from backend.models import UserRole
from backend.repositories import session_repository, user_repository
from backend.schemas.auth import Email, NewPassword
from backend.schemas.credit import PositiveAmount, Reason
from backend.services.auth_service import new_account
from backend.services.credit_service import CreditService
from backend.services.grant_service import grant_credits
from backend.services.user_service import create_user


async def create_account(settings: Settings, url: str, email: str, password: str, *, admin: bool) -> str:
    """Make an active account and return a sentence about it; raises StartError when the address is taken."""
    _check(email, password)
    migrate(url)
    password_hash = await PasswordVault(concurrency=1).hash(password)
    account = new_account(email, password_hash, None, role=UserRole.ADMIN if admin else UserRole.USER)
    database = Database(url, settings)
    try:
        async with database.unit_of_work() as db:
            made = await create_user(db, account, start_credits_mc=settings.start_credits_mc)
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


async def grant_to(settings: Settings, url: str, email: str, credits: str, reason: str, key: str | None) -> str:
    """Give an account credits and return a sentence about it; raises StartError for what cannot be given."""
    amount_mc = _read_credits(credits)
    for what, kind, value in (("The reason", Reason, reason), ("The amount", PositiveAmount, amount_mc)):
        _check_value(what, kind, value)
    database = Database(url, settings)
    try:
        async with database.unit_of_work() as db:
            user = await user_repository.find_by_email(db, email.casefold())
            if user is None:
                raise StartError(f"There is no account {email}.")
            await grant_credits(db, user.id, amount_mc, reason, actor_id=None, key=key)
            account = await CreditService(db).get_account(user.id)
    finally:
        await database.close()
    return f"{email} has {show_credits(account.available_mc)} credits, and {show_credits(account.held_mc)} held."


def _read_credits(text: str) -> int:
    try:
        amount_mc = to_mc(Decimal(text))
    except ArithmeticError:
        amount_mc = None
    if not isinstance(amount_mc, int):
        raise StartError(f"{text} is no number of credits with at most three decimals.")
    return amount_mc


def show_credits(amount_mc: int) -> str:
    """Return milli-credits as credits, without trailing zeros."""
    whole, part = divmod(amount_mc, MC_PER_CREDIT)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def _check(email: str, password: str) -> None:
    for what, kind, value in (("The e-mail address", Email, email), ("The password", NewPassword, password)):
        _check_value(what, kind, value)


def _check_value(what: str, kind: Any, value: object) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        reason = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise StartError(f"{what} cannot be used: {reason}.") from None
