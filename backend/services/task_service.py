"""Media tasks as their owners know them: begun, listed, cancelled; and ended by whoever works on them.

A task's row, its hold, its messages and its job come into being in one transaction, and end in one. Between units
only slots are taken and given back; whatever is lost there, the sweeps find.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import ModelUnavailable, NotCancellable, NotFound
from backend.core.ids import new_id
from backend.models import TaskKind, TaskState
from backend.repositories import job_repository
from backend.repositories import storyboard_repository as boards
from backend.repositories import task_repository as tasks
from backend.repositories.asset_repository import AssetRow
from backend.repositories.task_repository import BegunTask, Row
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.registry import ModelRegistry
from backend.services.charging import Situation, decide_charge
from backend.services.conversation_service import generate_auto_title
from backend.services.credit_service import list_held_by
from backend.services.idempotency_service import hash_request
from backend.services.media_plan import MediaOrder, MediaPlan, plan_media
from backend.services.storyboard_plan import plan_clips, runs_as_chain
from backend.services.storyboard_service import StoryboardService
from backend.services.task_limit_service import TaskLimitService
from backend.services.task_money import find_own_assets, price_clip, refusal_of
from backend.services.task_slots import TaskSlots

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
        self._settings = settings
        self._slots = TaskSlots(database, limits)
        self.storyboards = StoryboardService(database, registry, self._slots, settings)

    async def create_task(
        self, user_id: UUID, conversation_id: UUID | None, prompt: str, model_config: MediaOrder, place: TaskPlace
    ) -> BegunTask:
        """Begin a task: in the queue where a slot is free, else waiting for one. A chain of clips begins all of them.

        Raises ModelUnavailable, OptionRefused, NotFound (also for a foreign asset, before anything is held),
        StaleParent, QueueFull, InsufficientCredits, IdempotencyMismatch; then nothing has happened.
        """
        model, assets = await self._find(user_id, model_config)
        if runs_as_chain(model, model_config, assets):
            return await self._begin_storyboard(user_id, prompt, model, model_config, assets, place)
        plan = plan_media(model, model_config, assets)
        task_id = new_id()
        slot = (user_id, conversation_id or user_id, plan.kind)
        has_slot = await self._slots.take(*slot, task_id)
        keeps_slot = False
        try:
            async with self._database.unit_of_work() as db:
                price_id, cost = await price_clip(db, plan)
                state = TaskState.QUEUED if has_slot else TaskState.WAITING
                values = self._values(user_id, prompt, plan, place, task_id, state)
                rows = await tasks.begin_task(
                    db, {**values, "amount_mc": cost.amount_mc, "price_id": price_id, "estimate": cost.to_json()}
                )
                if rows.outcome == "begun" and has_slot:
                    await job_repository.defer_tasks(db, [task_id])
                held_by = await list_held_by(db, user_id) if rows.outcome == "insufficient_credits" else []
            keeps_slot = rows.outcome == "begun"
        finally:
            if has_slot and not keeps_slot:
                await self._slots.give_back(*slot, task_id)
        if rows.outcome not in ("begun", "repeated"):
            raise refusal_of(rows.outcome, self._settings, cost.amount_mc, rows.credits, held_by, leaf=rows.leaf)
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

    async def get_active_tasks(self, user_id: UUID, *, after: UUID | None = None, limit: int = ACTIVE_MAX) -> list[Row]:
        """Return the user's tasks that have not ended, newest first; ``after`` one of them, where there are more."""
        return await self._list(user_id, active=True, after=after, limit=limit)

    async def get_tasks(self, user_id: UUID, *, after: UUID | None = None, limit: int) -> list[Row]:
        """Return all of the user's tasks, likewise."""
        return await self._list(user_id, active=False, after=after, limit=limit)

    async def _list(self, user_id: UUID, *, active: bool, after: UUID | None, limit: int) -> list[Row]:
        async with self._database.unit_of_work() as db:
            return await tasks.list_tasks(db, user_id, active=active, after=after, limit=limit)

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
        if found["storyboard"] is not None:
            return await self.storyboards.cancel(found, user_id)
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
            await self._slots.after_end(ended)
            return ended
        if found["finished_at"] is None:
            found = await self.get_task(task_id, user_id)
        if found["finished_at"] is None:
            raise NotCancellable
        return found

    async def update_task_status(
        self, task_id: UUID, status: TaskState, progress: int | None = None, result: Row | None = None, *, epoch: int
    ) -> bool:
        """Move a task on, with how far it is and where its results are; False when it may not go there (any more).

        ``epoch``, here and below: as whoever took it up then; someone else may have it by now.
        """
        async with self._database.unit_of_work() as db:
            if status is TaskState.RUNNING and result is None:
                return await tasks.set_progress(db, task_id, epoch, progress)
            return await tasks.move_task(db, task_id, epoch, status, progress=progress, results=result)

    async def handle_task_completion(self, task_id: UUID, result: Sequence[UUID], *, epoch: int) -> bool:
        """End a task whose bytes are ours: charge it, show its assets, free its slot. False when it had ended.

        The last clip of a storyboard has its film joined.
        """
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
                epoch=epoch,
            )
            storyboard_id = UUID(ended["parent_id"]) if ended and ended["parent_id"] else None
            if storyboard_id and await boards.can_be_joined_now(db, storyboard_id):
                await job_repository.defer_tasks(db, [storyboard_id])
        return await self._slots.after_end(ended)

    async def handle_task_failure(
        self,
        task_id: UUID,
        error: Mapping[str, Any],
        *,
        situation: Situation = Situation.MEDIA_FAILED,
        flagged: bool = False,
        epoch: int,
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
                epoch=epoch,
            )
        return await self._slots.after_end(ended)

    async def promote_waiting(self) -> int:
        """Let waiting tasks in as far as slots are free, fair between users; returns how many. Safe to run anywhere."""
        return await self._slots.promote_waiting()

    async def _begin_storyboard(
        self,
        user_id: UUID,
        prompt: str,
        model: ModelDescriptor,
        order: MediaOrder,
        assets: Mapping[UUID, AssetRow],
        place: TaskPlace,
    ) -> BegunTask:
        """Begin the task that stands for a storyboard; its shots are begun with it."""
        whole = MediaPlan(model, TaskKind(model.mode), replace(order, chain=True), {})
        values = self._values(user_id, prompt, whole, place, new_id(), TaskState.RUNNING)
        return await self.storyboards.begin(
            values | {"amount_mc": 0, "price_id": None, "estimate": None},
            plan_clips(model, order, assets, self._settings),
        )

    async def _find(self, user_id: UUID, order: MediaOrder) -> tuple[ModelDescriptor, dict[UUID, AssetRow]]:
        """Return an order's model and its assets. Raises ModelUnavailable and NotFound."""
        model = self._registry.find(order.model_id)
        if model is None or not model.available:
            raise ModelUnavailable
        return model, await find_own_assets(self._database, user_id, order.all_assets())

    def _values(
        self, user_id: UUID, prompt: str, plan: MediaPlan, place: TaskPlace, task_id: UUID, state: TaskState
    ) -> dict[str, Any]:
        """Return what ``begin_task`` is told, but for the money."""
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
            "title": generate_auto_title(prompt or next((shot.prompt for shot in order.shots), "")),
            "kind": plan.kind.value,
            "model_id": order.model_id,
            "prompt": prompt,
            "request": order.to_json(),
            "references": order.all_assets(),
            "state": state.value,
            "waiting_max": self._settings.tasks_waiting_per_user,
            "transaction_id": new_id(),
            "ttl_s": self._settings.hold_ttl_s,
            "key": place.key,
            "hash": hash_request(*wanted) if place.key else None,
        }


async def list_running_slots(db: AsyncSession) -> list[tuple[TaskKind, UUID, UUID, UUID]]:
    """Return what holds slots by the database: what an emptied Redis is refilled from."""
    return await tasks.list_slots(db)
