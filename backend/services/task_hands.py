"""What every step of a task's way shares: its model, its end, and the right to change it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from backend.core.errors import ModelUnavailable
from backend.core.fault_points import FaultPoint, pass_point
from backend.core.logging import get_logger
from backend.core.metrics import TASKS_ENDED
from backend.repositories import task_repository as tasks
from backend.repositories.task_repository import TaskRow
from backend.services.adapters.base import ErrorKind, MediaAdapter
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.asset_arrival import Permit
from backend.services.charging import Situation
from backend.services.container import MediaParts

log = get_logger(__name__)


class TaskHands:
    """A task in the hands of whoever took it up last (``epoch``): others change, store and charge nothing of it."""

    def __init__(self, parts: MediaParts) -> None:
        self.parts = parts

    def adapter(self, task: TaskRow) -> tuple[ModelDescriptor, MediaAdapter]:
        """Return a task's model and who talks with it; raises ModelUnavailable."""
        model = self.parts.registry.find(task.model_id)
        if model is None:
            raise ModelUnavailable
        return model, self.parts.registry.media_adapter(model)

    def home(self, task: TaskRow) -> URL | None:
        """Return the address of a task's provider."""
        model = self.parts.registry.find(task.model_id)
        return self.parts.registry.home(model) if model else None

    def permit(self, task: TaskRow) -> Permit:
        """Return the right to store a task's results, as long as the task is in these hands."""

        async def still_holds(db: AsyncSession) -> bool:
            return await tasks.holds_task(db, task.id, task.epoch)

        return still_holds

    async def complete(self, task: TaskRow, asset_ids: Sequence[UUID]) -> None:
        """End a task whose results are ours: it is charged now."""
        if not asset_ids:
            await self.fail(task, {"code": str(ErrorKind.BROKEN), "params": {}})
            return
        pass_point(FaultPoint.BEFORE_SETTLE)
        done = await self.parts.tasks.handle_task_completion(task.id, asset_ids, epoch=task.epoch)
        if done:
            TASKS_ENDED.labels("completed", "").inc()

    async def fail(
        self,
        task: TaskRow,
        error: dict[str, object],
        situation: Situation = Situation.MEDIA_FAILED,
        *,
        flagged: bool = False,
    ) -> None:
        """End a task without a result: what was held for it goes back."""
        if await self.parts.tasks.handle_task_failure(
            task.id, error, situation=situation, flagged=flagged, epoch=task.epoch
        ):
            TASKS_ENDED.labels("failed", str(error["code"])).inc()
            log.warning("task failed", task_id=str(task.id), code=error["code"])
