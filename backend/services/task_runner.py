"""A media task's way through its provider, step by step; every step is safe to run twice.

One worker at a time runs a task (its job holds a lock); what it does stands in the task's row before and after each
step, so that another worker can go on where one was killed. A request is sent once: whether its answer was lost is
told by the attempt's row, which is written before it is sent. Nothing here holds a transaction while it waits.
"""

import asyncio
from typing import assert_never
from uuid import UUID

from backend.core.errors import (
    AppError,
    DownloadBroken,
    DownloadTimeout,
    DownloadUnreachable,
    Unavailable,
)
from backend.core.fault_points import FaultPoint, pass_point
from backend.core.logging import get_logger
from backend.core.media_types import AssetKind
from backend.models import FINAL, TaskKind, TaskState
from backend.repositories import task_repository as tasks
from backend.repositories.task_repository import TaskRow
from backend.services.adapters.base import (
    ErrorKind,
    ProviderError,
    TaskProgress,
)
from backend.services.adapters.base import TaskState as ProviderState
from backend.services.asset_arrival import PermitWithdrawn
from backend.services.charging import Situation
from backend.services.container import MediaParts
from backend.services.film_service import FilmService
from backend.services.task_hands import TaskHands
from backend.services.task_submission import TaskSubmission, store_result

POLL_FIRST_S = 2.0
POLL_FACTOR = 1.3
POLL_MAX_S = 15.0
VISIBLE_AFTER_S = 60.0
"""A provider may not know a task for a moment after it took it; later it means that the task is gone."""
DOWNLOAD_PAUSE_FIRST_S = 1.0
DOWNLOAD_PAUSE_MAX_S = 60.0
RETRYABLE_DOWNLOADS = (DownloadBroken, DownloadTimeout, DownloadUnreachable, Unavailable)

log = get_logger(__name__)


class TaskRunner:
    """Runs media tasks to their ends, any number at once in one process."""

    def __init__(self, parts: MediaParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._settings = parts.settings
        self._hands = TaskHands(parts)
        self._films = FilmService(parts)
        self._submission = TaskSubmission(self._hands, self._films)
        self._saves = asyncio.Semaphore(parts.settings.task_saves_at_once)
        self.running: dict[UUID, TaskRow] = {}
        """What this process works on now: its slots are renewed."""

    async def run(self, task_id: UUID) -> None:
        """Bring a task to its end, from whatever state it is in."""
        async with self._database.unit_of_work() as db:
            epoch = await tasks.take_task(db, task_id)
        fresh = True
        while (task := await self._load(task_id)) is not None and task.state not in FINAL and task.epoch == epoch:
            if task.is_storyboard:
                await self._films.join(task)
                return
            self.running[task_id] = task
            try:
                with self._parts.wakes.listen(task_id) as woken:
                    await self._step(task, woken, fresh=fresh)
            finally:
                del self.running[task_id]
            fresh = False
            if TaskState(task.state) is TaskState.WAITING:
                return

    async def _step(self, task: TaskRow, woken: asyncio.Event, *, fresh: bool) -> None:
        """Do what a state asks for; returns when the state has changed, or has to be looked at again."""
        state = TaskState(task.state)
        match state:
            case TaskState.WAITING | TaskState.COMPLETED | TaskState.FAILED | TaskState.CANCELLED:
                return
            case TaskState.QUEUED if task.pause_left_s > 0:
                await _pause(task.pause_left_s, woken)
            case TaskState.QUEUED:
                await self._submission.submit(task)
            case TaskState.SUBMITTING:
                # Whoever was sending is gone: the request may have arrived.
                if not fresh:
                    raise RuntimeError(f"task {task.id} was left while it was submitted")
                await self._parts.tasks.update_task_status(task.id, TaskState.UNCONFIRMED, epoch=task.epoch)
            case TaskState.RUNNING:
                await self._poll(task, woken)
            case TaskState.UNCONFIRMED:
                await self._await_confirmation(task, woken)
            case TaskState.SAVING:
                await self._save(task)
            case _:
                assert_never(state)

    async def _load(self, task_id: UUID) -> TaskRow | None:
        async with self._database.unit_of_work() as db:
            return await tasks.load_task(db, task_id)

    # --- running ----------------------------------------------------------------------------------------------------

    async def _poll(self, task: TaskRow, woken: asyncio.Event) -> None:
        """Ask how a task stands, more and more seldom or when a callback says so, until it has ended."""
        pause_s = POLL_FIRST_S * self._settings.poll_factor
        _model, adapter = self._hands.adapter(task)
        timeout_s = self._settings.video_timeout_s if task.kind == TaskKind.VIDEO else self._settings.image_timeout_s
        percent = task.progress
        started = asyncio.get_running_loop().time() - task.state_age_s
        while (elapsed_s := asyncio.get_running_loop().time() - started) < timeout_s:
            try:
                found = await adapter.query(task.provider_task_id or "")
            except ProviderError as error:
                log.info("a provider did not say how a task stands", task_id=str(task.id), reason=str(error))
                found = TaskProgress(ProviderState.RUNNING, progress=percent / 100 if percent is not None else None)
            if await self._take_in(task, found, elapsed_s):
                return
            if (percent_now := _percent(found)) != percent:
                percent = percent_now
                await self._parts.tasks.update_task_status(task.id, TaskState.RUNNING, percent, epoch=task.epoch)
            await _pause(pause_s, woken)
            pause_s = min(pause_s * POLL_FACTOR, POLL_MAX_S * self._settings.poll_factor)
        await self._hands.fail(task, {"code": str(ErrorKind.TIMEOUT), "params": {}})

    async def _take_in(self, task: TaskRow, found: TaskProgress, elapsed_s: float) -> bool:
        """Store what a provider says; True when the task goes on to another state."""
        match found.state:
            case ProviderState.SUCCEEDED if found.results:
                stored = {"items": [store_result(result) for result in found.results]}
                await self._parts.tasks.update_task_status(task.id, TaskState.SAVING, result=stored, epoch=task.epoch)
                return True
            case ProviderState.SUCCEEDED:
                await self._hands.fail(task, {"code": str(ErrorKind.BROKEN), "params": {}})
                return True
            case ProviderState.FAILED:
                kind = found.error.kind if found.error else ErrorKind.FAILED
                words = found.error.message if found.error else ""
                situation = Situation.MODERATED if kind is ErrorKind.MODERATION else Situation.MEDIA_FAILED
                await self._hands.fail(
                    task, {"code": str(kind), "params": {"reason": words} if words else {}}, situation
                )
                return True
            case ProviderState.UNKNOWN if elapsed_s > VISIBLE_AFTER_S:
                await self._hands.fail(task, {"code": str(ErrorKind.NOT_FOUND), "params": {}})
                return True
            case _:
                return False

    async def _await_confirmation(self, task: TaskRow, woken: asyncio.Event) -> None:
        """Wait for a callback that names the provider's task; after the policy's time return the hold and flag it."""
        if task.provider_task_id is not None:  # a callback had come before the answer was lost
            async with self._database.unit_of_work() as db:
                await tasks.move_task(db, task.id, task.epoch, TaskState.RUNNING)
            return
        left_s = self._settings.unconfirmed_max_s - task.state_age_s
        if left_s > 0:
            await _pause(left_s, woken)
            return
        error: dict[str, object] = {"code": "task_unconfirmed", "params": {}}
        log.error("a submission was never confirmed; its provider may have charged for it", task_id=str(task.id))
        await self._hands.fail(task, error, Situation.UNCONFIRMED_EXPIRED, flagged=True)

    # --- saving -----------------------------------------------------------------------------------------------------

    async def _save(self, task: TaskRow) -> None:
        """Fetch the results into our store, as long as their links live; then the task is done."""
        pause_s = DOWNLOAD_PAUSE_FIRST_S * self._settings.poll_factor
        kind, home, permit = AssetKind(task.kind), self._hands.home(task), self._hands.permit(task)
        items = (task.results or {}).get("items", [])
        started = asyncio.get_running_loop().time() - task.state_age_s
        pass_point(FaultPoint.BEFORE_DOWNLOAD)
        while True:
            try:
                async with self._saves:
                    stored = [
                        await self._parts.downloads.download(
                            task.user_id, item["url"], expected=kind, home=home, permit=permit
                        )
                        for item in items
                    ]
            except RETRYABLE_DOWNLOADS as error:
                if asyncio.get_running_loop().time() - started > self._settings.download_retry_max_s:
                    await self._hands.fail(task, {"code": error.code, "params": {}}, Situation.DOWNLOAD_LOST)
                    return
                log.warning("a result could not be fetched yet", task_id=str(task.id), code=error.code)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, DOWNLOAD_PAUSE_MAX_S)
            except PermitWithdrawn:
                return
            except AppError as error:
                await self._hands.fail(task, {"code": error.code, "params": {}}, Situation.DOWNLOAD_LOST)
                return
            else:
                pass_point(FaultPoint.AFTER_DOWNLOAD)
                await self._hands.complete(task, [asset.id for asset in stored])
                pass_point(FaultPoint.AFTER_SETTLE)
                return


def _percent(found: TaskProgress) -> int | None:
    return round(found.progress * 100) if found.progress is not None else None


async def _pause(seconds: float, woken: asyncio.Event) -> None:
    """Wait, or go on at once when someone says that there is something new."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
    woken.clear()
