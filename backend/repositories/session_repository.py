"""SQL of sessions. (A "session" here is a signed-in browser; the database's is called ``db``.)"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.direct_sql import Executor
from backend.models import Session, User, UserRole, UserStatus

FIND = text("""
    SELECT s.id AS session_id, s.last_seen_at < now() - make_interval(secs => :touch_s) AS stale,
           u.id, u.email, u.display_name, u.role, u.status, u.created_at
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = :token_hash AND s.expires_at > now()
      AND s.last_seen_at > now() - make_interval(secs => :idle_s)
""")
LIVING = text("""
    SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY(:ids) AND u.status = 'active' AND s.expires_at > now()
      AND s.last_seen_at > now() - make_interval(secs => :idle_s)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))
TOUCH = text("UPDATE sessions SET last_seen_at = now(), address = :address WHERE id = :id")
TRIM = text("""
    DELETE FROM sessions WHERE user_id = :user_id
      AND (expires_at < now() OR id IN (
        SELECT id FROM sessions WHERE user_id = :user_id ORDER BY last_seen_at DESC OFFSET :keep))
""")


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Who is asking: the account, and the session by which it is known."""

    id: UUID
    session_id: UUID
    email: str
    display_name: str
    role: UserRole
    status: UserStatus
    created_at: datetime

    @property
    def is_admin(self) -> bool:
        """Whether this account runs the installation."""
        return self.role == UserRole.ADMIN


async def find_session(
    db: Executor, token_hash: bytes, *, idle_s: int, touch_s: int, address: str
) -> SignedInUser | None:
    """Return who a token belongs to, if its session lives; notes the visit at most once in ``touch_s`` seconds."""
    row = (await db.execute(FIND, {"token_hash": token_hash, "idle_s": idle_s, "touch_s": touch_s})).one_or_none()
    if row is None:
        return None
    if row.stale:
        await db.execute(TOUCH, {"id": row.session_id, "address": address})
    return SignedInUser(
        row.id, row.session_id, row.email, row.display_name, UserRole(row.role), UserStatus(row.status), row.created_at
    )


async def living_sessions(db: Executor, ids: Collection[UUID], *, idle_s: int) -> set[UUID]:
    """Return those sessions that have not ended and whose account may still come in."""
    return set((await db.execute(LIVING, {"ids": list(ids), "idle_s": idle_s})).scalars())


async def insert_session(db: AsyncSession, session: Session, *, keep: int) -> None:
    """Store a session; the user's dead ones and the least used beyond ``keep`` go."""
    await db.execute(TRIM, {"user_id": session.user_id, "keep": keep - 1})
    db.add(session)
    await db.flush()


async def list_sessions(db: AsyncSession, user_id: UUID, *, idle_s: int) -> list[Session]:
    """Return the user's living sessions, last used first."""
    living = text("expires_at > now() AND last_seen_at > now() - make_interval(secs => :idle_s)")
    query = select(Session).where(Session.user_id == user_id, living).order_by(Session.last_seen_at.desc())
    return list((await db.execute(query, {"idle_s": idle_s})).scalars())


async def delete_session(db: AsyncSession, session_id: UUID, user_id: UUID) -> bool:
    """End one session of the user; False when there is none."""
    gone = delete(Session).where(Session.id == session_id, Session.user_id == user_id).returning(Session.id)
    return (await db.execute(gone)).scalar_one_or_none() is not None


async def delete_sessions(db: AsyncSession, user_id: UUID, *, keep: UUID | None) -> None:
    """End all sessions of the user but ``keep``."""
    gone = delete(Session).where(Session.user_id == user_id)
    await db.execute(gone if keep is None else gone.where(Session.id != keep))


async def knows_address(db: AsyncSession, user_id: UUID, address: str) -> bool:
    """Tell whether the user has a session from this address: then it is no stranger who tries."""
    query = select(Session.id).join(User).where(User.id == user_id, Session.address == address).limit(1)
    return (await db.execute(query)).first() is not None
