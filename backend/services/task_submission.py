"""A queued task is handed in, once: whether its answer was lost stands in the attempt's row, written before."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import AppError, Unavailable
from backend.core.fault_points import FaultPoint, pass_point
from backend.core.logging import get_logger
from backend.core.media_types import AssetKind
from backend.core.metrics import PROVIDER_ERRORS
from backend.models import TaskState
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
)
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.asset_arrival import PermitWithdrawn
from backend.services.asset_service import AssetPart
from backend.services.film_service import FilmService
from backend.services.media_plan import AssetReference, MediaOrder, one_call_shots
from backend.services.provider_gate import ProviderGate
from backend.services.task_hands import TaskHands

STORE_ATTEMPTS = 6
STORE_PAUSE_S = 0.5
CLOSED = frozenset((ErrorKind.UNAVAILABLE, ErrorKind.UNREACHABLE))
"""What closes a provider for all of its tasks: maintenance, or nobody there."""

log = get_logger(__name__)


class TaskSubmission:
    """Hands tasks in, as many at once as the settings allow."""

    def __init__(self, hands: TaskHands, films: FilmService) -> None:
        self._hands = hands
        self._films = films
        self._parts = hands.parts
        self._database = hands.parts.database
        self._settings = hands.parts.settings
        self._turns = asyncio.Semaphore(self._settings.task_submits_at_once)
        self._gate = ProviderGate(pause_max_s=self._settings.task_retry_pause_max_s)

    async def submit(self, task: TaskRow) -> None:
        """Send a queued task once. A refusal that surely created nothing may be tried again, anything unclear not.

        While its provider is closed, the task stands back and says so; it is not tried, and does not fail for it
        before its time in the queue is over.
        """
        async with self._turns:
            try:
                model, adapter = self._hands.adapter(task)
                wait_s = self._gate.wait_s(model.provider)
                if wait_s > 0 and self._may_try_again(task):
                    await self._stand_back(task, wait_s)
                    return
                request = await self._request(task)
            except Unavailable:  # ours to mend: the job is tried again
                raise
            except AppError as error:  # a reference or the model is gone
                await self._hands.fail(task, {"code": error.code, "params": {}})
                return
            try:
                await self._send(task, model, adapter, request)
            finally:
                self._gate.give_up_trial(model.provider)

    async def _stand_back(self, task: TaskRow, wait_s: float) -> None:
        pause_s = wait_s + random.uniform(0.0, min(wait_s, 1.0))  # noqa: S311 - spreads load, hides nothing
        async with self._database.unit_of_work() as db:
            await tasks.pause_task(db, task.id, task.epoch, pause_s, str(ErrorKind.UNAVAILABLE))

    async def _send(self, task: TaskRow, model: ModelDescriptor, adapter: MediaAdapter, request: MediaRequest) -> None:
        attempt_id = uuid4()
        pass_point(FaultPoint.BEFORE_INTENT)
        async with self._database.unit_of_work() as db:
            if not await tasks.claim_task(db, task.id, task.epoch, attempt_id):
                return
        pass_point(FaultPoint.AFTER_INTENT)
        try:
            async with asyncio.timeout(self._settings.submit_timeout_s):
                sent = await adapter.submit(request, callback_url=self._callback_url(model, attempt_id))
        except ProviderError as error:
            await self._not_accepted(task, model, attempt_id, error)
        except TimeoutError:
            lost = ProviderError(ErrorKind.TIMEOUT, "no answer to the submission")
            await self._not_accepted(task, model, attempt_id, lost)
        else:
            self._gate.open(model.provider)
            pass_point(FaultPoint.BEFORE_ANSWER)
            await self._accepted(task, attempt_id, sent)
            pass_point(FaultPoint.AFTER_ANSWER)

    async def _accepted(self, task: TaskRow, attempt_id: UUID, sent: Submission) -> None:
        """Store what was accepted. Where someone else has the task by now, they are told the provider's id."""
        results = {"items": [store_result(result) for result in sent.results]} if sent.results else None
        if sent.results and any(result.content is not None for result in sent.results):
            await self._save_now(task, attempt_id, sent)
            return
        state = TaskState.SAVING if results else TaskState.RUNNING
        for number in range(STORE_ATTEMPTS):
            try:
                async with self._database.unit_of_work() as db:
                    await tasks.note_attempt(db, attempt_id, "accepted", provider_task_id=sent.provider_task_id)
                    moved = await tasks.move_task(db, task.id, task.epoch, state, results=results)
            except (SQLAlchemyError, OSError) as error:  # the provider's id must not be lost for a moment's outage
                log.error("an accepted task could not be stored yet", task_id=str(task.id), reason=str(error))
                await asyncio.sleep(STORE_PAUSE_S * 2**number)
                continue
            if not moved:
                await self._parts.wakes.publish(task.id)
            return

    async def _save_now(self, task: TaskRow, attempt_id: UUID, sent: Submission) -> None:
        """Store results that came as bytes with the answer; a process that dies here leaves the task unconfirmed."""
        kind, permit = AssetKind(task.kind), self._hands.permit(task)
        try:
            stored = [
                await self._parts.assets.store_bytes(task.user_id, result.content, expected=kind, permit=permit)
                for result in sent.results
                if result.content is not None
            ]
        except PermitWithdrawn:
            return
        except AppError as error:
            await self._refused(task, attempt_id, error.code)
            return
        async with self._database.unit_of_work() as db:
            await tasks.note_attempt(db, attempt_id, "accepted", provider_task_id=sent.provider_task_id)
            await tasks.move_task(db, task.id, task.epoch, TaskState.SAVING)
        await self._hands.complete(task, [asset.id for asset in stored])

    async def _not_accepted(
        self, task: TaskRow, model: ModelDescriptor, attempt_id: UUID, error: ProviderError
    ) -> None:
        PROVIDER_ERRORS.labels(str(error.kind)).inc()
        log.warning("submission failed", task_id=str(task.id), code=str(error.kind), reason=error.message)
        said = {"code": str(error.kind), "params": {}}
        if not error.certain_not_sent:
            async with self._database.unit_of_work() as db:
                await tasks.note_attempt(db, attempt_id, "lost", error=said)
                await tasks.move_task(db, task.id, task.epoch, TaskState.UNCONFIRMED)
            return
        pause_s = error.retry_after_s or self._retry_pause_s(task)
        if error.kind in CLOSED:
            pause_s = max(pause_s, self._gate.close(model.provider, error.retry_after_s))
        else:
            self._gate.open(model.provider)
        if error.retryable and self._may_try_again(task):
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
        await self._hands.fail(task, error)

    def _may_try_again(self, task: TaskRow) -> bool:
        return task.age_s < self._settings.task_queue_max_s

    def _retry_pause_s(self, task: TaskRow) -> float:
        """Return how long a refused task stands back: longer each time, spread so that many do not come at once."""
        most = min(self._settings.task_retry_pause_max_s, 2.0 ** min(task.attempts + 1, 10))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing

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


def store_result(result: MediaResult) -> dict[str, str | None]:
    """Return where a result is, as the task's row keeps it while it is fetched; it never leaves the server."""
    return {"url": result.url, "mime": result.mime}
