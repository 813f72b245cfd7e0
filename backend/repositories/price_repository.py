"""SQL of prices: numbered versions by model; the newest one is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Text, Uuid

SET = text("SELECT * FROM price_set(:id, :model_id, :formula, :source, :actor_id)").bindparams(
    bindparam("formula", type_=JSONB), bindparam("actor_id", type_=Uuid())
)
COLUMNS = "id, model_id, version, formula, source, created_at"
NEWEST = text(f"""
    SELECT DISTINCT ON (model_id) {COLUMNS} FROM prices
    WHERE CAST(:source AS text) IS NULL OR source = :source ORDER BY model_id, version DESC
""").bindparams(bindparam("source", type_=Text()))
FIND = text(f"SELECT {COLUMNS} FROM prices WHERE model_id = :model_id ORDER BY version DESC LIMIT 1")
TURN_HOLD = text("SELECT * FROM turn_hold(:user_id, :model_id, :bytes, :messages, :tokens_max, :tokens_min)")
TURN_PROMPT = text("""
    SELECT p.bytes, p.messages FROM conversations c, LATERAL turn_prompt(c.leaf_id, :messages_max, :chars_max) p
    WHERE c.id = :conversation_id AND c.user_id = :user_id
""")


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One version of a model's price."""

    id: UUID
    model_id: str
    version: int
    formula: Mapping[str, Any]
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TurnHold:
    """The most that an answer may cost; ``outcome`` says whether it can be held."""

    outcome: str
    price_id: UUID | None
    price_version: int | None
    formula: Mapping[str, Any] | None
    prompt_tokens: int | None
    answer_tokens: int | None
    hold: int | None
    balance: int | None
    held: int | None


async def set_price(
    db: AsyncSession, *, price_id: UUID, model_id: str, formula: Mapping[str, Any], source: str, actor_id: UUID | None
) -> PriceRow | None:
    """Store a new version of a price; None when it is the one that is there already."""
    values = {"id": price_id, "model_id": model_id, "formula": formula, "source": source, "actor_id": actor_id}
    row = (await db.execute(SET, values)).one_or_none()
    return _to_row(row) if row else None


async def list_newest(db: AsyncSession, *, source: str | None = None) -> dict[str, PriceRow]:
    """Return each model's newest price: the one in force, or the newest that came from one source."""
    return {row.model_id: _to_row(row) for row in await db.execute(NEWEST, {"source": source})}


async def find_current(db: AsyncSession, model_id: str) -> PriceRow | None:
    """Return the price of a model that is in force."""
    row = (await db.execute(FIND, {"model_id": model_id})).one_or_none()
    return _to_row(row) if row else None


async def hold_of_turn(
    db: AsyncSession, *, user_id: UUID, model_id: str, bytes_: int, messages: int, tokens_max: int, tokens_min: int
) -> TurnHold:
    """Return what ``begin_turn`` would hold for an answer, without holding it."""
    values = {"user_id": user_id, "model_id": model_id, "bytes": bytes_, "messages": messages}
    row = (await db.execute(TURN_HOLD, {**values, "tokens_max": tokens_max, "tokens_min": tokens_min})).one()
    return TurnHold(**row._mapping)


async def size_of_prompt(
    db: AsyncSession, conversation_id: UUID, user_id: UUID, *, messages_max: int, chars_max: int
) -> tuple[int, int] | None:
    """Return bytes and messages of what a model would be told of a conversation; None when it is not the user's."""
    values = {"conversation_id": conversation_id, "user_id": user_id}
    row = (
        await db.execute(TURN_PROMPT, {**values, "messages_max": messages_max, "chars_max": chars_max})
    ).one_or_none()
    return (int(row.bytes), int(row.messages)) if row else None


def _to_row(row: Any) -> PriceRow:
    return PriceRow(row.id, row.model_id, row.version, row.formula, row.source, row.created_at)
