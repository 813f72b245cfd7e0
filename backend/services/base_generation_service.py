"""What making pictures and making clips share: named parameters become an order, checked, begun, and waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.database import Database
from backend.core.errors import ModelUnavailable, NotFound
from backend.core.media_types import AssetKind
from backend.core.pricing import PriceInvalid, read_price
from backend.models import TaskKind
from backend.repositories import audit_repository, price_repository, task_repository
from backend.repositories.credit_repository import AccountRow
from backend.repositories.task_repository import Row
from backend.services.adapters.base import OptionValue, ReferenceRole
from backend.services.adapters.registry import ModelRegistry
from backend.services.credit_service import CreditService, insufficient_credits, list_held_by
from backend.services.media_download import MediaDownloader
from backend.services.media_plan import AssetReference, MediaOrder
from backend.services.message_utils import deduct_user_credits
from backend.services.storyboard_plan import price_of_order, runs_as_chain
from backend.services.task_money import find_own_assets
from backend.services.task_service import TaskPlace, TaskService

WAIT_MAX_S = 30.0


@dataclass(frozen=True, slots=True)
class GenerationParts:
    """What the services of pictures and clips work with."""

    database: Database
    registry: ModelRegistry
    tasks: TaskService
    downloads: MediaDownloader


class BaseGenerationService:
    """Media outside of any conversation. A wait is bounded; the task goes on after it."""

    def __init__(self, parts: GenerationParts) -> None:
        self._parts = parts

    async def _query(self, task_id: UUID, user_id: UUID, kind: TaskKind, *, wait_s: float) -> Row:
        """Return the user's task of a kind, once it has ended or after so many seconds; raises NotFound."""
        found = await self._parts.tasks.get_task(task_id, user_id)
        if found["kind"] != kind:
            raise NotFound
        return await self._parts.tasks.wait_for_task(task_id, user_id, seconds=wait_s) if wait_s else found

    async def _generate(
        self,
        user_id: UUID,
        order: MediaOrder,
        *,
        image_urls: Sequence[str] = (),
        role: ReferenceRole = ReferenceRole.REFERENCE,
        wait_for_result: bool = False,
        key: str | None = None,
    ) -> Row:
        """Fetch what the order names by address, begin it, and return the task: as begun, or once it has ended."""
        if image_urls:
            await self._check_credits(await self._get_user(user_id), await self._price(order, user_id), user_id)
            fetched = [await self._fetch(user_id, url) for url in image_urls]
            references = (*order.references, *(AssetReference(asset_id, role) for asset_id in fetched))
            order = replace(order, references=references)
        begun = await self._parts.tasks.create_task(user_id, None, order.prompt, order, TaskPlace(key=key))
        task = begun.task or {}
        if not wait_for_result:
            return task
        return await self._parts.tasks.wait_for_task(UUID(task["id"]), user_id, seconds=WAIT_MAX_S)

    async def _get_user(self, user_id: UUID) -> AccountRow:
        """Return what the user has; raises NotFound."""
        async with self._parts.database.unit_of_work() as db:
            return await CreditService(db).get_account(user_id)

    async def _check_credits(self, user: AccountRow, required_credits: int, user_id: UUID) -> None:
        """Raise InsufficientCredits before anything is fetched for an order that could not be paid.

        Only a look: what counts is the hold, which is taken with the task.
        """
        if user.available_mc >= required_credits:
            return
        async with self._parts.database.unit_of_work() as db:
            raise insufficient_credits(required_credits, user, await list_held_by(db, user_id))

    async def resolve_flagged(self, task_id: UUID, charge_mc: int, reason: str, *, actor_id: UUID) -> Row:
        """End what a person had to look at: with nothing, or with what the user pays since the work was delivered.

        The hold had ended with nothing when the task was given up; this is a deduction of its own, made once with
        the flag. Raises NotFound for a task that is not flagged (any more), InsufficientCredits.
        """
        async with self._parts.database.unit_of_work() as db:
            found = await task_repository.resolve_flagged(db, task_id)
            if found is None:
                raise NotFound
            user_id = UUID(found["user_id"])
            if charge_mc:
                await self._deduct_credits(user_id, charge_mc, reason, db=db)
            await audit_repository.note(
                db, "tasks.resolve", str(task_id), actor_id=actor_id, charge_mc=charge_mc, reason=reason
            )
        return found

    async def _deduct_credits(self, user_id: UUID, credits: int, description: str, *, db: AsyncSession) -> int:
        """Take credits for a generation that no hold pays for any more, and return the balance after it."""
        await deduct_user_credits(db, user_id, credits, description)
        return await CreditService(db).get_balance(user_id)

    async def _price(self, order: MediaOrder, user_id: UUID) -> int:
        model = self._parts.registry.find(order.model_id)
        if model is None or not model.available:
            raise ModelUnavailable
        async with self._parts.database.unit_of_work() as db:
            row = await price_repository.find_current(db, model.id)
        if row is None:
            raise ModelUnavailable
        try:
            chain = runs_as_chain(
                model, order, await find_own_assets(self._parts.database, user_id, order.all_assets())
            )
            return price_of_order(read_price(row.formula), model, order, chain=chain).amount_mc
        except PriceInvalid:
            raise ModelUnavailable from None

    async def _fetch(self, user_id: UUID, url: str) -> UUID:
        """Fetch a picture that the user named by address, through the guarded client, into the user's assets."""
        return (await self._parts.downloads.download_for_user(user_id, url, expected=AssetKind.IMAGE)).id


def set_options(named: Mapping[str, OptionValue | None]) -> dict[str, OptionValue]:
    """Return the options that were given a value."""
    return {name: value for name, value in named.items() if value is not None}


def references_to(
    asset_ids: Sequence[UUID], role: ReferenceRole = ReferenceRole.REFERENCE
) -> tuple[AssetReference, ...]:
    """Return references to own assets, in order."""
    return tuple(AssetReference(asset_id, role) for asset_id in asset_ids)
