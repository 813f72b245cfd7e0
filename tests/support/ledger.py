"""The ledger as tests drive it: its own functions on a bare connection, without the product's services."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from backend.core.ids import new_id
from backend.repositories.ledger_audit import find_faults
from backend.services.charging import FREE

LOCK = "SELECT outcome FROM credit_lock(%s, %s, %s, 'test', %s, %s, %s, %s, %s, %s, %s)"
END = "SELECT outcome FROM credit_end(%s, %s, %s, %s, %s)"
CHANGE = "SELECT outcome FROM credit_change(%s, %s, %s, %s, 'test', NULL, %s)"
HOLD_TTL_S = 3600.0
STATEMENT_TIMEOUT_S = 20
TABLES = "credit_entries, credit_transactions, credit_accounts, prices"


class SqlLedger:
    """One connection to the ledger; each call is a transaction of its own unless one is open."""

    def __init__(self, url: str) -> None:
        options = f"-c statement_timeout={STATEMENT_TIMEOUT_S * 1000}"
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=1, options=options)

    def close(self) -> None:
        """Hang up, as a process does that ends: what is open is rolled back."""
        self.connection.close()

    def open_account(self, balance_mc: int = 0) -> UUID:
        """Make an account that owns so much."""
        user_id = new_id()
        self.connection.execute(
            "INSERT INTO users (id, email, email_key, display_name, password_hash, role, status)"
            " VALUES (%(id)s, %(name)s, %(name)s, 'x', '-', 'user', 'active')",
            {"id": user_id, "name": f"{user_id.hex}@example.org"},
        )
        if balance_mc:
            assert self.change(new_id(), user_id, "grant", balance_mc, "start") == "done"
        return user_id

    def lock(
        self,
        transaction_id: UUID,
        user_id: UUID,
        amount_mc: int,
        key: str,
        *,
        subject_id: UUID | None = None,
        price_id: UUID | None = None,
        estimate: dict[str, Any] | None = None,
        ttl_s: float = HOLD_TTL_S,
    ) -> str:
        """Hold an amount; returns the outcome."""
        named = ("task" if subject_id else None, subject_id, "demo/x" if price_id else None, price_id)
        stored = Jsonb(estimate) if estimate is not None else None
        return self._outcome(LOCK, transaction_id, user_id, amount_mc, *named, stored, key, ttl_s)

    def end(
        self,
        transaction_id: UUID,
        charge_mc: int,
        situation: str = "complete",
        *,
        usage: dict[str, Any] | None = None,
        result: dict[str, Any] | None = None,
    ) -> str:
        """End a hold; returns the outcome."""
        stored = [Jsonb(value) if value is not None else None for value in (usage, result)]
        return self._outcome(END, transaction_id, charge_mc, situation, *stored)

    def change(self, transaction_id: UUID, user_id: UUID, kind: str, amount_mc: int, key: str) -> str:
        """Change a balance at once; returns the outcome."""
        return self._outcome(CHANGE, transaction_id, user_id, kind, amount_mc, key)

    def expire(self, *overdue: UUID) -> str:
        """Let holds be overdue, and sweep; returns how many were given back."""
        if overdue:
            statement = "UPDATE credit_transactions SET expires_at = now() - interval '1 s' WHERE id = ANY(%s)"
            self.connection.execute(statement, [list(overdue)])
        return str(self.connection.execute("SELECT FROM credit_expire(1000)").rowcount)

    def set_price(self, formula: dict[str, Any], *, model_id: str = "demo/x") -> UUID | None:
        """Put a price in force; None when it is already."""
        statement = "SELECT id FROM price_set(%s, %s, %s, 'admin', NULL)"
        row = self.connection.execute(statement, [new_id(), model_id, Jsonb(formula)]).fetchone()
        return row[0] if row else None

    def accounts(self) -> dict[UUID, tuple[int, int, int]]:
        """Return balance, held and number of entries of every account."""
        rows = self.connection.execute("SELECT user_id, balance_mc, held_mc, last_seq FROM credit_accounts")
        return {user_id: (balance_mc, held_mc, last_seq) for user_id, balance_mc, held_mc, last_seq in rows}

    def transactions(self) -> dict[UUID, tuple[str, int, int]]:
        """Return state, held and amount of every transaction."""
        rows = self.connection.execute("SELECT id, state, held_mc, amount_mc FROM credit_transactions")
        return {row_id: (state, held_mc, amount_mc) for row_id, state, held_mc, amount_mc in rows}

    def faults(self) -> list[str]:
        """Return what the doctor says of the ledger; nothing when it is well."""
        return [f"{fault.rule}: {fault.row}: {fault.says}" for fault in find_faults(self.connection, free=FREE)]

    def empty(self) -> None:
        """Forget everything."""
        with self.connection.transaction():
            self.connection.execute("SET LOCAL session_replication_role = replica")  # entries refuse to be deleted
            for table in (*TABLES.split(", "), "users"):
                self.connection.execute(f"DELETE FROM {table}".encode())

    def blocks_on(self, other: "SqlLedger") -> bool:
        """Tell whether this connection waits for a lock that the other holds."""
        statement = "SELECT %s = ANY (pg_blocking_pids(%s))"
        row = other.connection.execute(statement, [other.connection.info.backend_pid, self.backend]).fetchone()
        return bool(row and row[0])

    @property
    def backend(self) -> int:
        """The server's process behind this connection."""
        return self.connection.info.backend_pid

    def _outcome(self, statement: str, *values: object) -> str:
        row = self.connection.execute(statement.encode(), values).fetchone()
        assert row is not None
        return str(row[0])


@contextmanager
def open_ledger(url: str) -> Iterator[SqlLedger]:
    """Yield a connection to the ledger."""
    ledger = SqlLedger(url)
    try:
        yield ledger
    finally:
        ledger.close()
