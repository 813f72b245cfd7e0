"""SQL of events: read after a number, what is newest, and forgetting. They are written by triggers (migration 0008)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import BigInteger, Uuid

from backend.core.direct_sql import Executor

READ = text("""
    SELECT c.user_id, c.last_seq, e.seq, e.type, e.data
    FROM unnest(:users, :afters) AS w (user_id, after) JOIN event_counters c USING (user_id)
    LEFT JOIN LATERAL (
        SELECT * FROM events WHERE user_id = w.user_id AND seq > w.after ORDER BY seq LIMIT :limit) AS e ON true
    ORDER BY c.user_id, e.seq
""").bindparams(bindparam("users", type_=ARRAY(Uuid())), bindparam("afters", type_=ARRAY(BigInteger())))
LAST = text("SELECT user_id, last_seq FROM event_counters WHERE user_id = ANY(:users)").bindparams(
    bindparam("users", type_=ARRAY(Uuid()))
)
# What is forgotten of a user's log is always its beginning: everything up to an event that is too old.
DELETE_OLD = text("""
    WITH old AS (
        SELECT user_id, max(seq) AS seq FROM (
            SELECT user_id, seq FROM events WHERE created_at < now() - make_interval(secs => :keep_s)
            ORDER BY created_at LIMIT :limit) AS oldest
        GROUP BY user_id)
    DELETE FROM events e USING old WHERE e.user_id = old.user_id AND e.seq <= old.seq
""")
DELETE_MANY = text("""
    WITH many AS (
        SELECT e.user_id, e.seq FROM event_counters c JOIN events e USING (user_id)
        WHERE e.seq <= c.last_seq - :keep ORDER BY e.user_id, e.seq LIMIT :limit)
    DELETE FROM events e USING many WHERE e.user_id = many.user_id AND e.seq = many.seq
""")
ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtext('latent:forget-events'))")


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is stored."""

    seq: int
    type: str
    data: dict[str, Any]


@dataclass(slots=True)
class EventRows:
    """Events after a number, and the number of the user's newest one."""

    after: int
    last_seq: int = 0
    rows: list[EventRow] = field(default_factory=list)

    @property
    def is_gap(self) -> bool:
        """Whether what comes next is not there: forgotten meanwhile, or ``after`` is a number that never was."""
        if self.rows:
            return self.rows[0].seq != self.after + 1 or self.rows[-1].seq != self.after + len(self.rows)
        return self.last_seq != self.after


async def read_after(db: Executor, wanted: Mapping[UUID, int], *, limit: int) -> dict[UUID, EventRows]:
    """Return the first events after a number, for each user; all from one moment."""
    found = {user_id: EventRows(after) for user_id, after in wanted.items()}
    values = {"users": list(wanted), "afters": list(wanted.values()), "limit": limit}
    for row in await db.execute(READ, values):
        read = found[row.user_id]
        read.last_seq = row.last_seq
        if row.seq is not None:
            read.rows.append(EventRow(row.seq, row.type, row.data))
    return found


async def last_seqs(db: Executor, users: list[UUID]) -> dict[UUID, int]:
    """Return the number of each user's newest event; 0 before the first."""
    return {row.user_id: row.last_seq for row in await db.execute(LAST, {"users": users})}


async def forget(db: AsyncSession, *, keep_s: int, keep: int, limit: int) -> int:
    """Delete about ``limit`` events that are too old or too many; returns how many. Others at it are left to it."""
    if not (await db.execute(ONE_AT_A_TIME)).scalar_one():
        return 0
    old = await db.execute(DELETE_OLD, {"keep_s": keep_s, "limit": limit})
    many = await db.execute(DELETE_MANY, {"keep": keep, "limit": limit})
    return int(old.rowcount) + int(many.rowcount)  # type: ignore[attr-defined]
