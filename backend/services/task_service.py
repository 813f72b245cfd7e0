"""Media tasks as their owners know them: begun, listed, cancelled; and ended by whoever works on them.

A task's row, its hold, its messages and its job come into being in one transaction, and end in one. Between units
only slots are taken and given back; whatever is lost there, the sweeps find.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import (
    AppError,
    IdempotencyMismatch,
    ModelUnavailable,
    NotCancellable,
    NotFound,
    QueueFull,
    StaleParent,
    Unavailable,
)
from backend.core.ids import new_id
from backend.core.pricing import PriceInvalid, read_price
from backend.models import TaskKind, TaskState
from backend.repositories import asset_repository, job_repository, price_repository
from backend.repositories import task_repository as tasks
from backend.repositories.asset_repository import AssetRow
from backend.repositories.credit_repository import AccountRow
from backend.repositories.task_repository import BegunTask, Row
from backend.services.adapters.registry import ModelRegistry
from backend.services.charging import Situation, decide_charge
from backend.services.conversation_service import generate_auto_title
from backend.services.credit_service import insufficient_credits, list_held_by
from backend.services.idempotency_service import hash_request
from backend.services.media_plan import MediaOrder, MediaPlan, asset_ids, plan_media, price_media
from backend.services.task_limit_service import TaskLimitService

WAITING_PROMOTED_MAX = 200
WAIT_POLL_S = 0.3
ACTIVE_MAX = 200


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """Where a task's messages go: below ``parent_id`` of a conversation, or as another answer to a question."""

    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    branch: bool = False
    answer_to: UUID | None = None
    key: str | None = None


class TaskService:
    """Media tasks. Opens its own units of work; slots are taken and given back between them."""

    def __init__(
        self, database: Database, registry: ModelRegistry, limits: TaskLimitService, settings: Settings
    ) -> None:
        self._database = database
        self._registry = registry
        self._limits = limits
        self._settings = settings

    async def create_task(
        self, user_id: UUID, conversation_id: UUID | None, prompt: str, model_config: MediaOrder, place: TaskPlace
    ) -> BegunTask:
        """Begin a task: in the queue where a slot is free, else waiting for one.

        Raises ModelUnavailable, OptionRefused, NotFound (also for a foreign asset, before anything is held),
        StaleParent, QueueFull, InsufficientCredits, IdempotencyMismatch; then nothing has happened.
        """
        plan = await self._plan(user_id, model_config)
        task_id = new_id()
        slot = (user_id, conversation_id or user_id, plan.kind)
        has_slot = await self._try_slot(*slot, task_id)
        keeps_slot = False
        try:
            async with self._database.unit_of_work() as db:
                values = await self._values(db, user_id, prompt, plan, place, task_id, has_slot=has_slot)
                rows = await tasks.begin_task(db, values)
                if rows.outcome == "begun" and has_slot:
                    await job_repository.defer_tasks(db, [task_id])
                held_by = await list_held_by(db, user_id) if rows.outcome == "insufficient_credits" else []
            keeps_slot = rows.outcome == "begun"
        finally:
            if has_slot and not keeps_slot:
                await self._limits.release(*slot, slot_id=task_id)
        if rows.outcome not in ("begun", "repeated"):
            raise self._refusal(rows, values["amount_mc"], held_by)
        return rows

    async def get_task(self, task_id: UUID, user_id: UUID) -> Row:
        """Return the user's task as it is shown; raises NotFound."""
        async with self._database.unit_of_work() as db:
            found = await tasks.find_task(db, task_id, user_id)
        if found is None:
            raise NotFound
        return found

    async def wait_for_task(self, task_id: UUID, user_id: UUID, *, seconds: float) -> Row:
        """Return the user's task once it has ended, or as it is after so many seconds; no unit is open meanwhile."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await self.get_task(task_id, user_id)
            if found["finished_at"] is not None or asyncio.get_running_loop().time() >= deadline:
                return found
            await asyncio.sleep(WAIT_POLL_S)

    async def get_active_tasks(self, user_id: UUID) -> list[Row]:
        """Return the user's tasks that have not ended, newest first."""
        async with self._database.unit_of_work() as db:
            return await tasks.list_tasks(db, user_id, active=True, after=None, limit=ACTIVE_MAX)

    async def count_active_tasks(self, user_id: UUID) -> int:
        """Return how many of the user's tasks have not ended."""
        async with self._database.unit_of_work() as db:
            return await tasks.count_active(db, user_id)

    async def count_conversation_active_tasks(self, conversation_id: UUID) -> int:
        """Return how many tasks of a conversation have not ended."""
        async with self._database.unit_of_work() as db:
            return await tasks.count_active_in(db, conversation_id)

    async def cancel_task(self, task_id: UUID, user_id: UUID) -> Row:
        """Cancel a task that no provider works on yet: it costs nothing. One that has ended stays as it is.

        Raises NotCancellable while a provider works on it (none of ours can be told to stop), NotFound.
        """
        found = await self.get_task(task_id, user_id)
        early = (TaskState.WAITING, TaskState.QUEUED)
        async with self._database.unit_of_work() as db:
            ended = await tasks.finish_task(
                db,
                task_id,
                TaskState.CANCELLED,
                charge_mc=0,
                situation=Situation.CANCELLED_WAITING,
                from_states=early,
            )
        if ended is not None:
            await self._after_end(ended)
            return ended
        if found["finished_at"] is None:
            found = await self.get_task(task_id, user_id)
        if found["finished_at"] is None:
            raise NotCancellable
        return found

    async def update_task_status(
        self, task_id: UUID, status: TaskState, progress: int | None = None, result: Row | None = None
    ) -> bool:
        """Move a task on, with how far it is and where its results are; False when it may not go there (any more)."""
        async with self._database.unit_of_work() as db:
            if status is TaskState.RUNNING and result is None:
                return await tasks.set_progress(db, task_id, progress)
            return await tasks.move_task(db, task_id, status, progress=progress, results=result)

    async def handle_task_completion(self, task_id: UUID, result: Sequence[UUID]) -> bool:
        """End a task whose bytes are ours: charge it, show its assets, free its slot. False when it had ended."""
        async with self._database.unit_of_work() as db:
            task = await tasks.load_task(db, task_id)
            held_mc = (task.held_mc if task else None) or 0
            charge_mc = decide_charge(Situation.MEDIA_STORED, held_mc=held_mc, cost_mc=held_mc)
            ended = await tasks.finish_task(
                db,
                task_id,
                TaskState.COMPLETED,
                charge_mc=charge_mc or 0,
                situation=Situation.MEDIA_STORED,
                asset_ids=result,
            )
        return await self._after_end(ended)

    async def handle_task_failure(
        self,
        task_id: UUID,
        error: Mapping[str, Any],
        *,
        situation: Situation = Situation.MEDIA_FAILED,
        flagged: bool = False,
    ) -> bool:
        """End a task without a result: return its hold, say why, free its slot. False when it had ended."""
        async with self._database.unit_of_work() as db:
            ended = await tasks.finish_task(
                db,
                task_id,
                TaskState.FAILED,
                charge_mc=0,
                situation=situation,
                error=dict(error),
                flagged=flagged,
            )
        return await self._after_end(ended)

    async def release_cancelled(self, ended: Sequence[Row]) -> None:
        """Free the slots of tasks that a deleted conversation ended."""
        for row in ended:
            await self._after_end(row)

    async def promote_waiting(self) -> int:
        """Let waiting tasks in as far as slots are free, fair between users; returns how many. Safe to run anywhere."""
        async with self._database.unit_of_work() as db:
            waiting = await tasks.list_waiting(db, limit=WAITING_PROMOTED_MAX)
        promoted = 0
        full: set[tuple[TaskKind, UUID]] = set()
        for kind, user_id, place_id, task_id in waiting:
            if (kind, user_id) in full:
                continue
            if not await self._try_slot(user_id, place_id, kind, task_id):
                full |= {(kind, user_id)} if not await self._limits.can_start_task(user_id, user_id, kind) else set()
                continue
            promoted += await self._promote(kind, user_id, place_id, task_id)
        return promoted

    async def _promote(self, kind: TaskKind, user_id: UUID, place_id: UUID, task_id: UUID) -> bool:
        async with self._database.unit_of_work() as db:
            let_in = await tasks.promote_task(db, task_id)
            if let_in:
                await job_repository.defer_tasks(db, [task_id])
        if not let_in:
            await self._limits.release(user_id, place_id, kind, slot_id=task_id)
        return let_in

    async def _try_slot(self, user_id: UUID, place_id: UUID, kind: TaskKind, task_id: UUID) -> bool:
        """Take a slot; without Redis the task waits, and is let in once it is back."""
        try:
            return await self._limits.check_and_acquire(user_id, place_id, kind, slot_id=task_id)
        except Unavailable:
            return False

    async def _after_end(self, ended: Row | None) -> bool:
        """Give back the slot of a task that has just ended, and let the next ones in."""
        if ended is None:
            return False
        user_id = UUID(ended["user_id"])
        place_id = UUID(ended["conversation_id"]) if ended["conversation_id"] else user_id
        await self._limits.release(user_id, place_id, TaskKind(ended["kind"]), slot_id=UUID(ended["id"]))
        await self.promote_waiting()
        return True

    async def _plan(self, user_id: UUID, order: MediaOrder) -> MediaPlan:
        model = self._registry.find(order.model_id)
        if model is None or not model.available:
            raise ModelUnavailable
        async with self._database.unit_of_work() as db:
            found = await asset_repository.find_assets(db, asset_ids(order.references), user_id)
        assets: dict[UUID, AssetRow] = {asset.id: asset for asset in found}
        if any(reference.asset_id not in assets for reference in order.references):
            raise NotFound
        return plan_media(model, order, assets)

    async def _values(
        self,
        db: AsyncSession,
        user_id: UUID,
        prompt: str,
        plan: MediaPlan,
        place: TaskPlace,
        task_id: UUID,
        *,
        has_slot: bool,
    ) -> dict[str, Any]:
        """Return what ``begin_task`` is told; the price is read in the transaction that freezes it."""
        row = await price_repository.find_current(db, plan.model.id)
        if row is None:
            raise ModelUnavailable
        try:
            cost = price_media(read_price(row.formula), plan.options)
        except PriceInvalid:
            raise ModelUnavailable from None
        order = plan.order
        wanted = (prompt, order.model_id, order.to_json(), place.conversation_id, place.parent_id, place.answer_to)
        return {
            "task_id": task_id,
            "user_id": user_id,
            "conversation_id": place.conversation_id,
            "parent_id": place.parent_id,
            "branch": place.branch,
            "answer_to": place.answer_to,
            "question_id": new_id(),
            "answer_id": new_id(),
            "title": generate_auto_title(prompt),
            "kind": plan.kind.value,
            "model_id": order.model_id,
            "prompt": prompt,
            "request": order.to_json(),
            "references": asset_ids(order.references),
            "state": (TaskState.QUEUED if has_slot else TaskState.WAITING).value,
            "waiting_max": self._settings.tasks_waiting_per_user,
            "transaction_id": new_id(),
            "amount_mc": cost.amount_mc,
            "price_id": row.id,
            "estimate": cost.to_json(),
            "ttl_s": self._settings.hold_ttl_s,
            "key": place.key,
            "hash": hash_request(*wanted) if place.key else None,
        }

    def _refusal(self, rows: BegunTask, needed_mc: int, held_by: list[UUID]) -> AppError:
        match rows.outcome:
            case "stale_parent":
                return StaleParent(leaf_id=str(rows.leaf) if rows.leaf else None)
            case "queue_full":
                return QueueFull(limit=self._settings.tasks_waiting_per_user)
            case "idempotency_mismatch":
                return IdempotencyMismatch()
            case "insufficient_credits":
                state = rows.credits or {}
                return insufficient_credits(needed_mc, AccountRow(state["balance_mc"], state["held_mc"]), held_by)
            case _:
                return NotFound()


async def list_running_slots(db: AsyncSession) -> list[tuple[TaskKind, UUID, UUID, UUID]]:
    """Return what holds slots by the database: what an emptied Redis is refilled from."""
    return await tasks.list_slots(db)
