"""What all of KIE's media models share: hand in, ask, wait. Pictures and clips add their own ``generate``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from backend.services.adapters.base import (
    ErrorKind,
    MediaRequest,
    ProviderError,
    Reference,
    Submission,
    TaskProgress,
    TaskState,
)
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.kie.media_model import KieApi, KieMediaModel, wire_input
from backend.services.adapters.kie.progress import read_record, read_veo_record
from backend.services.adapters.media_rules import require_fit

UPLOADS_AT_ONCE = 4
PASSING = frozenset(
    {
        ErrorKind.RATE_LIMITED,
        ErrorKind.UNAVAILABLE,
        ErrorKind.UNREACHABLE,
        ErrorKind.TIMEOUT,
        ErrorKind.BROKEN,
        ErrorKind.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Polling:
    """How a waiting caller asks: first after so long, then ever less often; in seconds."""

    first_s: float = 2.5
    growth: float = 1.4
    most_s: float = 15.0
    timeout_s: float = 900.0
    unseen_s: float = 30.0
    """For so long an unknown id is taken for one that cannot be seen yet."""


DEFAULT_POLLING = Polling()


class KieMediaAdapter:
    """The media port, for one model of KIE."""

    def __init__(self, client: KieClient, model: KieMediaModel, polling: Polling = DEFAULT_POLLING) -> None:
        self._client = client
        self._model = model
        self._polling = polling

    async def submit(self, request: MediaRequest, *, callback_url: str | None = None) -> Submission:
        """Upload the references and create the task, once.

        Raises ProviderError; unless it is ``certain_not_sent``, the task may exist and must not be sent again.
        """
        require_fit(self._model.capabilities, request)
        body = wire_input(self._model, replace(request, references=await self._upload(request.references)))
        match self._model.api:
            case KieApi.JOBS:
                task_id = await self._client.create_task(self._model.model, body, callback_url)
            case KieApi.VEO:
                task_id = await self._client.create_veo_task(self._model.model, body, callback_url)
            case _:
                assert_never(self._model.api)
        return Submission(task_id)

    async def query(self, provider_task_id: str) -> TaskProgress:
        """Return how a task stands; safe to repeat. Raises ProviderError when KIE does not say."""
        match self._model.api:
            case KieApi.JOBS:
                found = await self._client.query_task(provider_task_id)
                return read_record(provider_task_id, found, self._client.clean)
            case KieApi.VEO:
                found = await self._client.query_veo_task(provider_task_id)
                return read_veo_record(provider_task_id, found, self._client.clean)
            case _:
                assert_never(self._model.api)

    async def wait(self, provider_task_id: str) -> TaskProgress:
        """Ask until a task has ended and return its end; passing errors are sat out.

        Raises ProviderError: ``timeout`` when it does not end, ``not_found`` when KIE does not know it.
        """
        loop, pause_s = asyncio.get_running_loop(), self._polling.first_s
        began = loop.time()
        while (waited_s := loop.time() - began) < self._polling.timeout_s:
            await asyncio.sleep(pause_s)
            pause_s = min(self._polling.most_s, pause_s * self._polling.growth)
            try:
                progress = await self.query(provider_task_id)
            except ProviderError as error:
                if error.kind not in PASSING:
                    raise
                continue
            if progress.ended:
                return progress
            if progress.state == TaskState.UNKNOWN and waited_s > self._polling.unseen_s:
                raise ProviderError(ErrorKind.NOT_FOUND, "the task is unknown")
        raise ProviderError(ErrorKind.TIMEOUT, "the task did not end in time")

    async def _run(self, request: MediaRequest, *, wait_for_result: bool, callback_url: str | None) -> TaskProgress:
        """Hand in, and wait where that is asked for."""
        submission = await self.submit(request, callback_url=callback_url)
        task_id = submission.provider_task_id or ""
        return await self.wait(task_id) if wait_for_result else TaskProgress(TaskState.QUEUED, provider_task_id=task_id)

    async def _upload(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        """Return the references as addresses: uploads do not last, so they are made right before their use."""
        turn = asyncio.Semaphore(UPLOADS_AT_ONCE)

        async def upload(reference: Reference) -> Reference:
            if reference.url is not None:
                return reference
            async with turn:
                url = await self._client.upload_file(reference)
            return replace(reference, read=None, size_bytes=None, url=url)

        tasks = [asyncio.create_task(upload(reference)) for reference in references]
        try:
            return tuple(await asyncio.gather(*tasks))
        finally:  # one that failed makes the others useless
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
