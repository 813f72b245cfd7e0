"""Storyboards as chains of clips: begun as a whole, their shots tried again, ordered anew, cancelled.

Each shot is a task like any other, with its own hold, slot and attempts. What the storyboard is follows from its shots
(``settle_storyboard``), in the transaction that changes them; here only slots are taken, and jobs deferred.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import (
    InvalidRequest,
    ModelUnavailable,
    NotCancellable,
    NotFound,
    QuotaExceeded,
    ShotMissing,
    ShotNotRetryable,
)
from backend.core.ids import new_id
from backend.core.pricing import Cost
from backend.models import TaskKind, TaskState
from backend.repositories import asset_repository, job_repository
from backend.repositories import storyboard_repository as boards
from backend.repositories import task_repository as tasks
from backend.repositories.storyboard_repository import ShotRow
from backend.repositories.task_repository import BegunTask, Row
from backend.services.adapters.registry import ModelRegistry
from backend.services.credit_service import list_held_by
from backend.services.idempotency_service import hash_request
from backend.services.media_plan import MediaOrder, OrderedShot
from backend.services.storyboard_plan import ClipPlan, plan_clip
from backend.services.task_money import find_own_assets, price_clip, refusal_of
from backend.services.task_slots import TaskSlots


@dataclass(frozen=True, slots=True)
class Home:
    """Whose storyboard, and where its slots count."""

    task_id: UUID
    user_id: UUID
    conversation_id: UUID | None
    kind: TaskKind


@dataclass(slots=True)
class Beginning:
    """Shots that are about to begin: their tasks, and those of them that have a slot already."""

    task_ids: list[UUID]
    with_slot: list[UUID] = field(default_factory=list)
    credits: dict[str, int] | None = None
    is_done: bool = False
    """Whether they have begun: only then are the slots kept."""


class StoryboardService:
    """Chains of clips. Opens its own units of work; slots are taken and given back between them."""

    def __init__(self, database: Database, registry: ModelRegistry, slots: TaskSlots, settings: Settings) -> None:
        self._database = database
        self._registry = registry
        self._slots = slots
        self._settings = settings

    async def begin(self, values: Mapping[str, Any], clips: Sequence[ClipPlan]) -> BegunTask:
        """Begin a storyboard (``values``: its own row) and all of its clips, or nothing. Raises as a task does."""
        home = Home(values["task_id"], values["user_id"], values["conversation_id"], TaskKind(values["kind"]))
        async with self._slots_for(home, clips) as beginning:
            async with self._database.unit_of_work() as db:
                rows = await tasks.begin_task(db, values)
                if rows.outcome == "repeated":
                    return rows
                if rows.outcome != "begun":
                    raise refusal_of(rows.outcome, self._settings, 0, rows.credits, [], leaf=rows.leaf)
                await boards.mark_storyboard(db, home.task_id, [clip.number for clip in clips])
                begun = await self._begin_clips(db, home, clips, beginning)
                task = await tasks.find_task(db, home.task_id, home.user_id) or {}
                answer = await boards.find_message(db, task["message_id"]) if task["message_id"] else rows.answer
            beginning.is_done = begun
        return replace(rows, task=task, answer=answer, credits=beginning.credits)

    async def retry_shot(
        self, task_id: UUID, user_id: UUID, number: int, shot: OrderedShot | None = None, *, key: str | None = None
    ) -> Row:
        """Try a shot again that has no clip, with other words where they are given; the other shots stay as they are.

        Shots that would have gone on from it, and were cancelled for that, begin again with it. Raises NotFound,
        ShotNotRetryable, OptionRefused, ModelUnavailable, QueueFull, InsufficientCredits, IdempotencyMismatch.
        """
        async with self._database.unit_of_work() as db:
            board = await tasks.load_task(db, task_id)
            rows = {row.number: row for row in await boards.list_shots(db, task_id)}
        if board is None or board.user_id != user_id or number not in rows:
            raise NotFound
        home = Home(task_id, user_id, board.conversation_id, TaskKind(board.kind))
        order = MediaOrder.from_json(board.model_id, board.prompt, board.request)
        clips = await self._plan_again(user_id, order, rows, number, shot)
        key_hash = hash_request(str(task_id), number, shot.to_json() if shot else None) if key else None
        async with self._slots_for(home, clips) as beginning:
            async with self._database.unit_of_work() as db:
                begun = await self._begin_clips(db, home, clips, beginning, key=key, key_hash=key_hash)
            beginning.is_done = begun
        if any(clip.continues for clip in clips):
            await self._slots.promote_waiting()
        return await self._read(task_id, user_id)

    async def order_shots(self, task_id: UUID, user_id: UUID, order: Sequence[int]) -> Row:
        """Give the film another order, at no cost; a film that is there is joined anew.

        Raises NotFound, InvalidRequest, ShotMissing, and QuotaExceeded: films of earlier orders are kept.
        """
        async with self._database.unit_of_work() as db:
            used, quota = await asset_repository.used_bytes(db, user_id), self._settings.asset_quota_bytes_per_user
            outcome = await boards.order_shots(db, task_id, user_id, order)
            if outcome == "ordered" and await boards.can_be_joined_now(db, task_id):
                if used >= quota:
                    raise QuotaExceeded(used_bytes=used, quota_bytes=quota)
                await job_repository.defer_tasks(db, [task_id])
        match outcome:
            case "ordered":
                return await self._read(task_id, user_id)
            case "invalid":
                raise InvalidRequest(field="order")
            case "shot_missing":
                raise ShotMissing
            case _:
                raise NotFound

    async def cancel(self, found: Row, user_id: UUID) -> Row:
        """Cancel the shots that no provider works on; they cost nothing. Those at work go on, and are kept.

        Raises NotCancellable when there is none.
        """
        if found["finished_at"] is not None:
            return found
        task_id = UUID(found["id"])
        async with self._database.unit_of_work() as db:
            ended = await boards.cancel_shots(db, task_id)
        for row in ended:
            await self._slots.after_end(row)
        if not ended:
            raise NotCancellable
        return await self._read(task_id, user_id)

    async def _read(self, task_id: UUID, user_id: UUID) -> Row:
        async with self._database.unit_of_work() as db:
            found = await tasks.find_task(db, task_id, user_id)
        if found is None:
            raise NotFound
        return found

    async def _plan_again(
        self, user_id: UUID, order: MediaOrder, rows: Mapping[int, ShotRow], number: int, shot: OrderedShot | None
    ) -> list[ClipPlan]:
        """Return the clip of a shot, and those of the shots that were cancelled because they go on from it."""
        again = [number]
        while (later := rows.get(again[-1] + 1)) and later.continues and later.state == TaskState.CANCELLED:
            again.append(later.number)
        words = [OrderedShot.from_json(rows[place].words) for place in sorted(rows)]
        if shot is not None:
            words[number - 1] = shot
        order = replace(order, shots=tuple(words))
        model = self._registry.find(order.model_id)
        if model is None or not model.available:
            raise ModelUnavailable
        assets = await find_own_assets(self._database, user_id, order.all_assets())
        return [plan_clip(model, order, place, assets) for place in again]

    @asynccontextmanager
    async def _slots_for(self, home: Home, clips: Sequence[ClipPlan]) -> AsyncIterator[Beginning]:
        """Take slots for clips, as far as there are any, and give them back unless the clips have begun."""
        beginning = Beginning([new_id() for _ in clips])
        place_id = home.conversation_id or home.user_id
        try:
            for clip, task_id in zip(clips, beginning.task_ids, strict=True):
                if clip.continues or not await self._slots.take(home.user_id, place_id, home.kind, task_id):
                    continue
                beginning.with_slot.append(task_id)
            yield beginning
        finally:
            for task_id in () if beginning.is_done else beginning.with_slot:
                await self._slots.give_back(home.user_id, place_id, home.kind, task_id)

    async def _begin_clips(
        self,
        db: AsyncSession,
        home: Home,
        clips: Sequence[ClipPlan],
        beginning: Beginning,
        *,
        key: str | None = None,
        key_hash: bytes | None = None,
    ) -> bool:
        """Hold and begin clips; False for a repeated command. Raises, and so rolls back, when one may not begin."""
        shots, total_mc = [], 0
        for clip, task_id in zip(clips, beginning.task_ids, strict=True):
            price_id, cost = await price_clip(db, clip.plan)
            state = TaskState.QUEUED if task_id in beginning.with_slot else TaskState.WAITING
            shots.append(_values(clip, task_id, state) | _money(price_id, cost))
            total_mc += cost.amount_mc
        outcome, beginning.credits = await boards.begin_shots(
            db,
            home.task_id,
            home.user_id,
            shots,
            waiting_max=self._settings.tasks_waiting_per_user,
            ttl_s=self._settings.hold_ttl_s,
            key=key,
            key_hash=key_hash,
        )
        match outcome:
            case "begun":
                await job_repository.defer_tasks(db, beginning.with_slot)
                return True
            case "repeated":
                return False
            case "not_retryable":
                raise ShotNotRetryable
        held_by = await list_held_by(db, home.user_id) if outcome == "insufficient_credits" else []
        raise refusal_of(outcome, self._settings, total_mc, beginning.credits, held_by)


def _values(clip: ClipPlan, task_id: UUID, state: TaskState) -> Row:
    """Return a shot as ``begin_shots`` is told it, but for the money."""
    order = clip.plan.order
    return {
        "id": str(task_id),
        "number": clip.number,
        "continues": clip.continues,
        "state": state.value,
        "prompt": order.prompt,
        "request": {**order.to_json(), "shot": clip.shot.to_json()},
        "assets": [str(asset_id) for asset_id in order.all_assets()],
    }


def _money(price_id: UUID, cost: Cost) -> Row:
    return {
        "transaction_id": str(new_id()),
        "amount_mc": cost.amount_mc,
        "price_id": str(price_id),
        "estimate": cost.to_json(),
    }
