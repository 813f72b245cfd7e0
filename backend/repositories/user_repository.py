"""SQL of accounts."""

from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.models import User, UserRole, UserStatus

# The first account becomes the admin. The lock makes "there is none yet" true until this transaction ends;
# without it two first sign-ups at once would both see an empty table.
FIRST_ACCOUNT_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('latent:first-account'))")
INSERT = text("""
    INSERT INTO users (id, email, email_key, display_name, password_hash, role, status)
    SELECT :id, :email, :email_key, :display_name, :password_hash,
           CASE WHEN empty THEN 'admin' ELSE :role END, CASE WHEN empty THEN 'active' ELSE :status END
    FROM (SELECT NOT EXISTS (SELECT FROM users) AS empty) AS state
    WHERE empty OR NOT :only_first
    ON CONFLICT (email_key) DO NOTHING
    RETURNING id
""")


async def insert_user(session: AsyncSession, user: User, *, only_first: bool = False) -> User | None:
    """Store an account; the very first one becomes an active admin whatever was asked.

    Returns None when the address is taken, or when ``only_first`` and there is an account already.
    """
    await session.execute(FIRST_ACCOUNT_LOCK)
    values = {name: getattr(user, name) for name in ("id", "email", "email_key", "display_name", "password_hash")}
    values |= {"role": user.role, "status": user.status, "only_first": only_first}
    made = (await session.execute(INSERT, values)).scalar_one_or_none()
    return None if made is None else await session.get(User, made)


async def any_user(session: AsyncSession) -> bool:
    """Tell whether there is an account at all."""
    return bool((await session.execute(select(select(User.id).exists()))).scalar_one())


async def find_by_email(session: AsyncSession, email_key: str) -> User | None:
    """Return the account of a case-folded address."""
    return (await session.execute(select(User).where(User.email_key == email_key))).scalar_one_or_none()


async def find_user(session: AsyncSession, user_id: UUID) -> dict[str, str] | None:
    """Return an account's role and status as they are stored."""
    row = (await session.execute(select(User.role, User.status).where(User.id == user_id))).one_or_none()
    return {"role": row.role, "status": row.status} if row else None


async def list_users(session: AsyncSession, *, status: UserStatus | None, after: UUID | None, limit: int) -> list[User]:
    """Return accounts in the order they were made, from ``after`` on."""
    query = select(User).order_by(User.id).limit(limit)
    if status is not None:
        query = query.where(User.status == status)
    if after is not None:
        query = query.where(User.id > after)
    return list((await session.execute(query)).scalars())


async def change_user(
    session: AsyncSession, user_id: UUID, *, role: UserRole | None, status: UserStatus | None
) -> User | None:
    """Change role and status; returns None when there is no such account."""
    values = {name: value for name, value in (("role", role), ("status", status)) if value is not None}
    if values:
        await session.execute(update(User).where(User.id == user_id).values(values))
    return await session.get(User, user_id, populate_existing=True)


async def count_admins(session: AsyncSession) -> int:
    """Return how many active admins there are, and keep them from changing until the transaction ends."""
    rows = select(User.id).where(User.role == UserRole.ADMIN, User.status == UserStatus.ACTIVE).with_for_update()
    return len((await session.execute(rows)).all())


async def set_password(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    """Store a new password hash."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_display_name(session: AsyncSession, user_id: UUID, display_name: str) -> User | None:
    """Store a new name."""
    await session.execute(update(User).where(User.id == user_id).values(display_name=display_name))
    return await session.get(User, user_id, populate_existing=True)
