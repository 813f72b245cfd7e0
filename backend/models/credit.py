"""Credits: accounts, what happened to them, every single movement, and the prices that were in force."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base


class TransactionKind(StrEnum):
    """What a transaction is: a charge begins as a hold, the others happen at once."""

    CHARGE = "charge"
    GRANT = "grant"
    DEDUCT = "deduct"
    ADJUST = "adjust"


class TransactionState(StrEnum):
    """A charge moves once from ``held`` to ``settled`` (some of it was paid) or ``returned``; others are settled."""

    HELD = "held"
    SETTLED = "settled"
    RETURNED = "returned"


class CreditAccount(Base):
    """The sums of a user's entries, kept beside them: ``0 <= held_mc <= balance_mc`` always holds."""

    __tablename__ = "credit_accounts"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    balance_mc: Mapped[int] = mapped_column(BigInteger, server_default="0")
    held_mc: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")


class PriceVersion(Base):
    """A price as it was in force from ``created_at`` on; holds name the version that they were made with."""

    __tablename__ = "prices"
    __table_args__ = (UniqueConstraint("model_id", "version", name="prices_model_id_version_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    formula: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CreditTransaction(Base):
    """One thing that happened to an account, and everything needed to explain it later.

    ``estimate`` and ``result`` are stored costs (terms, divisor, amount); ``situation`` names the row of the charging
    table that ended a charge. ``amount_mc`` is what the balance changed by.
    """

    __tablename__ = "credit_transactions"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key", name="credit_transactions_key"),
        Index("credit_transactions_list_idx", "user_id", text("id DESC")),
        Index("credit_transactions_held_idx", "user_id", "expires_at", postgresql_where=text("state = 'held'")),
        Index("credit_transactions_subject_idx", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("credit_accounts.user_id"))
    kind: Mapped[TransactionKind] = mapped_column(Text)
    state: Mapped[TransactionState] = mapped_column(Text)
    held_mc: Mapped[int] = mapped_column(BigInteger, server_default="0")
    amount_mc: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reason: Mapped[str] = mapped_column(Text)
    situation: Mapped[str | None] = mapped_column(Text)
    subject_type: Mapped[str | None] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    model_id: Mapped[str | None] = mapped_column(Text)
    price_id: Mapped[UUID | None] = mapped_column(ForeignKey("prices.id"))
    estimate: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    idempotency_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class CreditEntry(Base):
    """One movement of an account and the account's state after it; appended, never changed, no gaps in ``seq``."""

    __tablename__ = "credit_entries"
    __table_args__ = (
        Index("credit_entries_ends_once_idx", "transaction_id", unique=True, postgresql_where=text("step <> 'hold'")),
        Index("credit_entries_holds_once_idx", "transaction_id", unique=True, postgresql_where=text("step = 'hold'")),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("credit_transactions.id"))
    step: Mapped[str] = mapped_column(Text)
    amount_mc: Mapped[int] = mapped_column(BigInteger)
    held_change_mc: Mapped[int] = mapped_column(BigInteger)
    balance_after_mc: Mapped[int] = mapped_column(BigInteger)
    held_after_mc: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
