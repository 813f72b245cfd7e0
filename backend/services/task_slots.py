"""Places for media tasks: taken before they begin, given back when they end, offered to those that wait."""

from uuid import UUID

from backend.core.database import Database
from backend.core.errors import Unavailable
from backend.models import TaskKind
from backend.repositories import job_repository
from backend.repositories import task_repository as tasks
from backend.repositories.task_repository import Row
from backend.services.task_limit_service import TaskLimitService

WAITING_PROMOTED_MAX = 200


class TaskSlots:
    """Slots of media tasks, in between units of work; what is lost there, the sweeps find."""

    def __init__(self, database: Database, limits: TaskLimitService) -> None:
        self._database = database
        self._limits = limits

    async def take(self, user_id: UUID, place_id: UUID, kind: TaskKind, task_id: UUID) -> bool:
        """Take a slot; without Redis the task waits, and is let in once it is back."""
        try:
            return await self._limits.check_and_acquire(user_id, place_id, kind, slot_id=task_id)
        except Unavailable:
            return False

    async def give_back(self, user_id: UUID, place_id: UUID, kind: TaskKind, task_id: UUID) -> None:
        """Give a slot back; a second time changes nothing."""
        await self._limits.release(user_id, place_id, kind, slot_id=task_id)

    async def after_end(self, ended: Row | None) -> bool:
        """Give back the slot of a task that has just ended, and let the next ones in; False without a task."""
        if ended is None:
            return False
        user_id = UUID(ended["user_id"])
        place_id = UUID(ended["conversation_id"]) if ended["conversation_id"] else user_id
        await self.give_back(user_id, place_id, TaskKind(ended["kind"]), UUID(ended["id"]))
        await self.promote_waiting()
        return True

    async def promote_waiting(self) -> int:
        """Let waiting tasks in as far as slots are free, fair between users; returns how many. Safe to run anywhere."""
        async with self._database.unit_of_work() as db:
            waiting = await tasks.list_waiting(db, limit=WAITING_PROMOTED_MAX)
        promoted = 0
        full: set[tuple[TaskKind, UUID]] = set()
        for kind, user_id, place_id, task_id in waiting:
            if (kind, user_id) in full:
                continue
            if not await self.take(user_id, place_id, kind, task_id):
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
            await self.give_back(user_id, place_id, kind, task_id)
        return let_in
