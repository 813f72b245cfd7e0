"""What beginning a task costs, and why it may not begin: the same for single tasks and for shots."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import AppError, IdempotencyMismatch, ModelUnavailable, NotFound, QueueFull, StaleParent
from backend.core.pricing import Cost, PriceInvalid, read_price
from backend.repositories import asset_repository, price_repository
from backend.repositories.asset_repository import AssetRow
from backend.repositories.credit_repository import AccountRow
from backend.services.credit_service import insufficient_credits
from backend.services.media_plan import MediaPlan, price_media


async def find_own_assets(database: Database, user_id: UUID, asset_ids: Sequence[UUID]) -> dict[UUID, AssetRow]:
    """Return the user's assets by id; raises NotFound when one of them is not the user's."""
    async with database.unit_of_work() as db:
        found = await asset_repository.find_assets(db, asset_ids, user_id)
    assets = {asset.id: asset for asset in found}
    if any(asset_id not in assets for asset_id in asset_ids):
        raise NotFound
    return assets


async def price_clip(db: AsyncSession, plan: MediaPlan) -> tuple[UUID, Cost]:
    """Return the price in force and what a plan costs by it, in the transaction that freezes it.

    Raises ModelUnavailable without a price for these options.
    """
    row = await price_repository.find_current(db, plan.model.id)
    if row is None:
        raise ModelUnavailable
    try:
        return row.id, price_media(read_price(row.formula), plan.options)
    except PriceInvalid:
        raise ModelUnavailable from None


def refusal_of(
    outcome: str,
    settings: Settings,
    needed_mc: int,
    credits: Mapping[str, int] | None,
    held_by: list[UUID],
    *,
    leaf: UUID | None = None,
) -> AppError:
    """Return the error that an outcome of beginning means."""
    match outcome:
        case "stale_parent":
            return StaleParent(leaf_id=str(leaf) if leaf else None)
        case "queue_full":
            return QueueFull(limit=settings.tasks_waiting_per_user)
        case "idempotency_mismatch":
            return IdempotencyMismatch()
        case "insufficient_credits":
            state = credits or {}
            return insufficient_credits(needed_mc, AccountRow(state["balance_mc"], state["held_mc"]), held_by)
        case _:
            return NotFound()
