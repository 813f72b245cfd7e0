"""SQL of the ledger; everything that moves credits is one call of a function of migration 0005."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Text, Uuid

from backend.core.direct_sql import Executor

NULLABLE_JSON = JSONB(none_as_null=True)
LOCK = text("""
    SELECT * FROM credit_lock(:id, :user_id, :amount_mc, :reason, :subject_type, :subject_id, :model_id, :price_id,
                              :estimate, :key, :ttl_s)
""").bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("subject_id", "price_id")),
    *(bindparam(name, type_=Text()) for name in ("subject_type", "model_id")),
    bindparam("estimate", type_=NULLABLE_JSON),
)
END = text("SELECT * FROM credit_end(:transaction_id, :charge_mc, :situation, :usage, :result)").bindparams(
    bindparam("usage", type_=NULLABLE_JSON), bindparam("result", type_=NULLABLE_JSON)
)
EXPIRE = text("SELECT transaction_id FROM credit_expire(:limit)")
CHANGE = text("""
    SELECT * FROM credit_change(:id, :user_id, :kind, :amount_mc, :reason, :actor_id, :key)
""").bindparams(bindparam("actor_id", type_=Uuid()))
ACCOUNT = text("SELECT balance_mc, held_mc FROM credit_accounts WHERE user_id = :user_id")
HOLD = text("SELECT held_mc FROM credit_transactions WHERE id = :id AND kind = 'charge'")
HELD_BY = text("""
    SELECT subject_id FROM credit_transactions
    WHERE user_id = :user_id AND state = 'held' AND subject_id IS NOT NULL ORDER BY held_mc DESC LIMIT :limit
""")
COLUMNS = """
    t.id, t.user_id, t.kind, t.state, t.held_mc, t.amount_mc, t.reason, t.situation, t.subject_type, t.subject_id,
    t.model_id, t.created_at, t.ended_at, m.conversation_id
"""
TABLES = "credit_transactions t LEFT JOIN messages m ON m.id = t.subject_id AND m.user_id = t.user_id"
LIST = text(f"""
    SELECT {COLUMNS} FROM {TABLES}
    WHERE t.user_id = :user_id AND (CAST(:after AS uuid) IS NULL OR t.id < :after)
      AND (CAST(:kind AS text) IS NULL OR t.kind = :kind) AND (CAST(:state AS text) IS NULL OR t.state = :state)
    ORDER BY t.id DESC LIMIT :limit
""").bindparams(bindparam("after", type_=Uuid()), bindparam("kind", type_=Text()), bindparam("state", type_=Text()))
DETAIL = text(f"""
    SELECT {COLUMNS}, t.estimate, t.usage, t.result, p.version AS price_version, p.formula AS price
    FROM {TABLES} LEFT JOIN prices p ON p.id = t.price_id
    WHERE t.id = :id AND t.user_id = :user_id
""")
ENTRIES = text("""
    SELECT seq, step, amount_mc, held_change_mc, balance_after_mc, held_after_mc, created_at
    FROM credit_entries WHERE transaction_id = :id ORDER BY seq
""")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """The state of an account, in milli-credits."""

    balance_mc: int
    held_mc: int

    @property
    def available_mc(self) -> int:
        """What can still be held or spent."""
        return self.balance_mc - self.held_mc


@dataclass(frozen=True, slots=True)
class Moved:
    """What a ledger function says: its outcome, the transaction, and the account after it."""

    outcome: str
    transaction_id: UUID | None
    balance_mc: int | None
    held_mc: int | None
    amount_mc: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """What is to be held: how much, for what, at which price."""

    id: UUID
    user_id: UUID
    amount_mc: int
    reason: str
    key: str
    ttl_s: float
    subject_type: str | None = None
    subject_id: UUID | None = None
    model_id: str | None = None
    price_id: UUID | None = None
    estimate: Row | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be added to a balance (or, below zero, taken from it) at once."""

    id: UUID
    user_id: UUID
    kind: str
    amount_mc: int
    reason: str
    actor_id: UUID | None
    key: str


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction as it is listed."""

    id: UUID
    user_id: UUID
    kind: str
    state: str
    held_mc: int
    amount_mc: int
    reason: str
    situation: str | None
    subject_type: str | None
    subject_id: UUID | None
    model_id: str | None
    created_at: datetime
    ended_at: datetime | None
    conversation_id: UUID | None


async def lock(db: Executor, hold: Hold) -> Moved:
    """Hold credits, or say why not."""
    values = {name: getattr(hold, name) for name in Hold.__slots__}
    row = (await db.execute(LOCK, values)).one()
    return Moved(row.outcome, row.transaction_id, row.balance, row.held)


async def end(
    db: Executor,
    transaction_id: UUID,
    charge_mc: int,
    *,
    situation: str,
    usage: Row | None = None,
    result: Row | None = None,
) -> Moved:
    """End a hold: charge a part of it (0: none) and return the rest, or say why not."""
    values = {"transaction_id": transaction_id, "charge_mc": charge_mc, "situation": situation}
    row = (await db.execute(END, {**values, "usage": usage, "result": result})).one()
    return Moved(row.outcome, transaction_id, row.balance, row.held, row.amount or 0)


async def expire(db: Executor, *, limit: int) -> list[UUID]:
    """Return holds past their time that no one works on any more; returns their ids."""
    return list((await db.execute(EXPIRE, {"limit": limit})).scalars())


async def change(db: Executor, what: Change) -> Moved:
    """Change a balance at once, or say why not."""
    values = {name: getattr(what, name) for name in Change.__slots__}
    row = (await db.execute(CHANGE, values)).one()
    return Moved(row.outcome, row.transaction_id, row.balance, row.held)


async def find_account(db: Executor, user_id: UUID) -> AccountRow | None:
    """Return a user's account."""
    row = (await db.execute(ACCOUNT, {"user_id": user_id})).one_or_none()
    return AccountRow(*row) if row else None


async def find_hold(db: Executor, transaction_id: UUID) -> int | None:
    """Return how much a charge held, whatever became of it; None when there is none."""
    held_mc: int | None = (await db.execute(HOLD, {"id": transaction_id})).scalar_one_or_none()
    return held_mc


async def list_held_by(db: Executor, user_id: UUID, *, limit: int) -> list[UUID]:
    """Return what the user's open holds are for, the largest first."""
    return list((await db.execute(HELD_BY, {"user_id": user_id, "limit": limit})).scalars())


async def list_transactions(
    db: Executor, user_id: UUID, *, after: UUID | None, kind: str | None, state: str | None, limit: int
) -> list[TransactionRow]:
    """Return a user's transactions, newest first, those older than ``after``."""
    values = {"user_id": user_id, "after": after, "kind": kind, "state": state, "limit": limit}
    return [TransactionRow(**row._mapping) for row in await db.execute(LIST, values)]


async def find_transaction(db: Executor, transaction_id: UUID, user_id: UUID) -> Row | None:
    """Return one of the user's transactions with its costs, its price and its entries."""
    row = (await db.execute(DETAIL, {"id": transaction_id, "user_id": user_id})).one_or_none()
    if row is None:
        return None
    entries = await db.execute(ENTRIES, {"id": transaction_id})
    return {**row._mapping, "entries": [dict(entry._mapping) for entry in entries]}
