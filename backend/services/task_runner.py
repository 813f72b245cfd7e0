"""A media task's way through its provider, step by step; every step is safe to run twice.

One worker at a time runs a task (its job holds a lock); what it does stands in the task's row before and after each
step, so that another worker can go on where one was killed. A request is sent once: whether its answer was lost is
told by the attempt's row, which is written before it is sent. Nothing here holds a transaction while it waits.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import assert_never
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from backend.core.errors import (
    AppError,
    DownloadBroken,
    DownloadTimeout,
    DownloadUnreachable,
    ModelUnavailable,
    Unavailable,
)
from backend.core.logging import get_logger
from backend.core.media_types import AssetKind
from backend.core.metrics import PROVIDER_ERRORS, TASKS_ENDED
from backend.models import FINAL, TaskKind, TaskState
from backend.repositories import task_repository as tasks
from backend.repositories.task_repository import TaskRow
from backend.services.adapters.base import (
    ErrorKind,
    MediaAdapter,
    MediaKind,
    MediaRequest,
    MediaResult,
    ProviderError,
    Reference,
    Submission,
    TaskProgress,
)
from backend.services.adapters.base import TaskState as ProviderState
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.asset_service import AssetPart
from backend.services.charging import Situation
from backend.services.container import MediaParts
from backend.services.film_service import FilmService
from backend.services.media_plan import AssetReference, MediaOrder, one_call_shots

POLL_FIRST_S = 2.0
POLL_FACTOR = 1.3
POLL_MAX_S = 15.0
VISIBLE_AFTER_S = 60.0
"""A provider may not know a task for a moment after it took it; later it means that the task is gone."""
DOWNLOAD_PAUSE_FIRST_S = 1.0
DOWNLOAD_PAUSE_MAX_S = 60.0
RETRYABLE_DOWNLOADS = (DownloadBroken, DownloadTimeout, DownloadUnreachable, Unavailable)

STORE_ATTEMPTS = 6
STORE_PAUSE_S = 0.5

log = get_logger(__name__)


class TaskRunner:
    """Runs media tasks to their ends, any number at once in one process."""

    def __init__(self, parts: MediaParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._settings = parts.settings
        self._films = FilmService(parts)
        self._submits = asyncio.Semaphore(parts.settings.task_submits_at_once)
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
                async with self._submits:
                    await self._submit(task)
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

    # --- submitting -------------------------------------------------------------------------------------------------

    async def _submit(self, task: TaskRow) -> None:
        """Send a queued task once. A refusal that surely created nothing may be tried again, anything unclear not."""
        attempt_id = uuid4()
        try:
            model, adapter = self._adapter(task)
            request = await self._request(task)
        except Unavailable:  # ours to mend: the job is tried again
            raise
        except AppError as error:  # a reference or the model is gone
            await self._fail(task, {"code": error.code, "params": {}})
            return
        async with self._database.unit_of_work() as db:
            if not await tasks.claim_task(db, task.id, task.epoch, attempt_id):
                return
        try:
            async with asyncio.timeout(self._settings.submit_timeout_s):
                sent = await adapter.submit(request, callback_url=self._callback_url(model, attempt_id))
        except ProviderError as error:
            await self._not_accepted(task, attempt_id, error)
        except TimeoutError:
            await self._not_accepted(task, attempt_id, ProviderError(ErrorKind.TIMEOUT, "no answer to the submission"))
        else:
            await self._accepted(task, attempt_id, sent)

    async def _accepted(self, task: TaskRow, attempt_id: UUID, sent: Submission) -> None:
        results = {"items": [_store(result) for result in sent.results]} if sent.results else None
        if sent.results and any(result.content is not None for result in sent.results):
            await self._save_now(task, attempt_id, sent)
            return
        state = TaskState.SAVING if results else TaskState.RUNNING
        for number in range(STORE_ATTEMPTS):
            try:
                async with self._database.unit_of_work() as db:
                    await tasks.note_attempt(db, attempt_id, "accepted", provider_task_id=sent.provider_task_id)
                    await tasks.move_task(db, task.id, task.epoch, state, results=results)
                return
            except (SQLAlchemyError, OSError) as error:  # the provider's id must not be lost for a moment's outage
                log.error("an accepted task could not be stored yet", task_id=str(task.id), reason=str(error))
                await asyncio.sleep(STORE_PAUSE_S * 2**number)

    async def _save_now(self, task: TaskRow, attempt_id: UUID, sent: Submission) -> None:
        """Store results that came as bytes with the answer; a process that dies here leaves the task unconfirmed."""
        kind = AssetKind(task.kind)
        try:
            stored = [
                await self._parts.assets.store_bytes(task.user_id, result.content, expected=kind)
                for result in sent.results
                if result.content is not None
            ]
        except AppError as error:
            await self._refused(task, attempt_id, error.code)
            return
        async with self._database.unit_of_work() as db:
            await tasks.note_attempt(db, attempt_id, "accepted", provider_task_id=sent.provider_task_id)
            await tasks.move_task(db, task.id, task.epoch, TaskState.SAVING)
        await self._complete(task, [asset.id for asset in stored])

    async def _not_accepted(self, task: TaskRow, attempt_id: UUID, error: ProviderError) -> None:
        PROVIDER_ERRORS.labels(str(error.kind)).inc()
        log.warning("submission failed", task_id=str(task.id), code=str(error.kind), reason=error.message)
        said = {"code": str(error.kind), "params": {}}
        if not error.certain_not_sent:
            async with self._database.unit_of_work() as db:
                await tasks.note_attempt(db, attempt_id, "lost", error=said)
                await tasks.move_task(db, task.id, task.epoch, TaskState.UNCONFIRMED)
            return
        if error.retryable and self._may_try_again(task):
            pause_s = error.retry_after_s or self._retry_pause_s(task)
            async with self._database.unit_of_work() as db:
                await tasks.note_attempt(db, attempt_id, "refused", error=said)
                await tasks.move_task(
                    db, task.id, task.epoch, TaskState.QUEUED, pause_s=pause_s, pause_reason=str(error.kind)
                )
            return
        await self._refused(task, attempt_id, str(error.kind), words=error.message)

    async def _refused(self, task: TaskRow, attempt_id: UUID, code: str, *, words: str = "") -> None:
        shown = {"reason": words} if code == ErrorKind.BAD_REQUEST and words else {}
        error: dict[str, object] = {"code": code, "params": shown}
        async with self._database.unit_of_work() as db:
            await tasks.note_attempt(db, attempt_id, "refused", error=error)
        await self._fail(task, error)

    def _may_try_again(self, task: TaskRow) -> bool:
        return task.age_s < self._settings.task_queue_max_s

    def _retry_pause_s(self, task: TaskRow) -> float:
        """Return how long a refused task stands back: longer each time, spread so that many do not come at once."""
        most = min(self._settings.task_retry_pause_max_s, 2.0 ** min(task.attempts + 1, 10))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing

    # --- running ----------------------------------------------------------------------------------------------------

    async def _poll(self, task: TaskRow, woken: asyncio.Event) -> None:
        """Ask how a task stands, more and more seldom or when a callback says so, until it has ended."""
        pause_s = POLL_FIRST_S * self._settings.poll_factor
        _model, adapter = self._adapter(task)
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
        await self._fail(task, {"code": str(ErrorKind.TIMEOUT), "params": {}})

    async def _take_in(self, task: TaskRow, found: TaskProgress, elapsed_s: float) -> bool:
        """Store what a provider says; True when the task goes on to another state."""
        match found.state:
            case ProviderState.SUCCEEDED if found.results:
                stored = {"items": [_store(result) for result in found.results]}
                await self._parts.tasks.update_task_status(task.id, TaskState.SAVING, result=stored, epoch=task.epoch)
                return True
            case ProviderState.SUCCEEDED:
                await self._fail(task, {"code": str(ErrorKind.BROKEN), "params": {}})
                return True
            case ProviderState.FAILED:
                kind = found.error.kind if found.error else ErrorKind.FAILED
                words = found.error.message if found.error else ""
                situation = Situation.MODERATED if kind is ErrorKind.MODERATION else Situation.MEDIA_FAILED
                await self._fail(task, {"code": str(kind), "params": {"reason": words} if words else {}}, situation)
                return True
            case ProviderState.UNKNOWN if elapsed_s > VISIBLE_AFTER_S:
                await self._fail(task, {"code": str(ErrorKind.NOT_FOUND), "params": {}})
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
        error = {"code": "task_unconfirmed", "params": {}}
        log.error("a submission was never confirmed; its provider may have charged for it", task_id=str(task.id))
        await self._parts.tasks.handle_task_failure(
            task.id, error, situation=Situation.UNCONFIRMED_EXPIRED, flagged=True, epoch=task.epoch
        )
        TASKS_ENDED.labels("failed", "task_unconfirmed").inc()

    # --- saving -----------------------------------------------------------------------------------------------------

    async def _save(self, task: TaskRow) -> None:
        """Fetch the results into our store, as long as their links live; then the task is done."""
        pause_s = DOWNLOAD_PAUSE_FIRST_S * self._settings.poll_factor
        kind, home = AssetKind(task.kind), self._home(task)
        items = (task.results or {}).get("items", [])
        started = asyncio.get_running_loop().time() - task.state_age_s
        while True:
            try:
                async with self._saves:
                    stored = [
                        await self._parts.downloads.download(task.user_id, item["url"], expected=kind, home=home)
                        for item in items
                    ]
            except RETRYABLE_DOWNLOADS as error:
                if asyncio.get_running_loop().time() - started > self._settings.download_retry_max_s:
                    await self._fail(task, {"code": error.code, "params": {}}, Situation.DOWNLOAD_LOST)
                    return
                log.warning("a result could not be fetched yet", task_id=str(task.id), code=error.code)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, DOWNLOAD_PAUSE_MAX_S)
            except AppError as error:
                await self._fail(task, {"code": error.code, "params": {}}, Situation.DOWNLOAD_LOST)
                return
            else:
                await self._complete(task, [asset.id for asset in stored])
                return

    async def _complete(self, task: TaskRow, asset_ids: list[UUID]) -> None:
        if not asset_ids:
            await self._fail(task, {"code": str(ErrorKind.BROKEN), "params": {}})
        elif await self._parts.tasks.handle_task_completion(task.id, asset_ids, epoch=task.epoch):
            TASKS_ENDED.labels("completed", "").inc()

    async def _fail(
        self, task: TaskRow, error: dict[str, object], situation: Situation = Situation.MEDIA_FAILED
    ) -> None:
        if await self._parts.tasks.handle_task_failure(task.id, error, situation=situation, epoch=task.epoch):
            TASKS_ENDED.labels("failed", str(error["code"])).inc()
            log.warning("task failed", task_id=str(task.id), code=error["code"])

    # --- what a task is made of -------------------------------------------------------------------------------------

    def _adapter(self, task: TaskRow) -> tuple[ModelDescriptor, MediaAdapter]:
        model = self._parts.registry.find(task.model_id)
        if model is None:
            raise ModelUnavailable
        return model, self._parts.registry.media_adapter(model)

    def _home(self, task: TaskRow) -> URL | None:
        model = self._parts.registry.find(task.model_id)
        return self._parts.registry.home(model) if model else None

    def _callback_url(self, model: ModelDescriptor, attempt_id: UUID) -> str | None:
        """Return where the provider may call back; None where it could not reach us, or could not prove itself."""
        base = self._settings.callback_base_url
        if base is None or not self._parts.registry.takes_callbacks(model):
            return None
        return f"{base.rstrip('/')}/api/callbacks/kie/{attempt_id}"

    async def _request(self, task: TaskRow) -> MediaRequest:
        order = MediaOrder.from_json(task.model_id, task.prompt, task.request)
        references = [await self._reference(task, reference) for reference in order.references]
        if task.continues:
            references.insert(0, await self._films.last_frame_before(task))
        return MediaRequest(order.prompt, order.options, tuple(references), one_call_shots(order))

    async def _reference(self, task: TaskRow, reference: AssetReference) -> Reference:
        assets = self._parts.assets
        asset = await assets.find(reference.asset_id, task.user_id)
        file = await assets.find_file(reference.asset_id, task.user_id, AssetPart.CONTENT)

        async def read() -> AsyncIterator[bytes]:
            async for chunk in await assets.open(file):
                yield chunk

        return Reference(reference.role, MediaKind(asset.kind), asset.mime, read=read, size_bytes=file.size_bytes)


def _percent(found: TaskProgress) -> int | None:
    return round(found.progress * 100) if found.progress is not None else None


def _store(result: MediaResult) -> dict[str, str | None]:
    return {"url": result.url, "mime": result.mime}


async def _pause(seconds: float, woken: asyncio.Event) -> None:
    """Wait, or go on at once when someone says that there is something new."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
    woken.clear()
