"""Tasks: from creation to success or failure, at the speed and to the end that was ordered."""

import asyncio
import logging
import secrets
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiohttp import web
from yarl import URL

from backend.core.http import OutboundHttp
from backend.sandbox import callbacks
from backend.sandbox.darkroom import Darkroom, RenderFailed
from backend.sandbox.faults import MediaFaults
from backend.sandbox.fetching import FetchFailed, fetch
from backend.sandbox.files import FileStore, StoredFile
from backend.sandbox.kie_input import Plan
from backend.sandbox.render.order import MIMES, RenderOrder
from backend.sandbox.state import SandboxState

log = logging.getLogger(__name__)
JOBS_MAX = 5_000
RATE_WINDOW_S = 10.0
WAITING_SHARE, QUEUING_SHARE = 0.06, 0.18
REFERENCE_BYTES_MAX = 30 * 1024 * 1024
SEED_BITS = 31


class JobState(StrEnum):
    """Where a task stands, in KIE's words."""

    WAITING = "waiting"
    QUEUING = "queuing"
    GENERATING = "generating"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(slots=True)
class Job:
    """One task. ``order`` holds the faults that came with its request; ``origin`` is how its caller reaches us."""

    id: str
    model: str
    body: dict[str, Any]
    plan: Plan
    order: dict[str, Any]
    origin: URL
    created_at: float = field(default_factory=time.time)
    began: float = field(default_factory=time.monotonic)
    ended_at: float | None = None
    end: JobState | None = None
    results: tuple[str, ...] = ()
    text: str | None = None
    fail_code: str = ""
    fail_msg: str = ""
    finished: asyncio.Event = field(default_factory=asyncio.Event)


class Jobs:
    """All tasks of the sandbox."""

    def __init__(self, state: SandboxState, files: FileStore, darkroom: Darkroom, outbound: OutboundHttp) -> None:
        self._state = state
        self._files = files
        self._darkroom = darkroom
        self._outbound = outbound
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self._recent: deque[float] = deque()

    def faults(self, job: Job) -> MediaFaults:
        """Return what is ordered for a task now."""
        return self._state.faults_for(job.order).media

    def find(self, task_id: str) -> Job | None:
        """Return a task by its id."""
        return self._jobs.get(task_id)

    def most_of_one_prompt(self) -> int:
        """Return how many tasks were made for the prompt that came most often: more than one may be one sent again."""
        return max(Counter(job.plan.prompt for job in self._jobs.values()).values(), default=0)

    def refusal(self, faults: MediaFaults) -> int | None:
        """Return the code that a new task is refused with for now: too many, too fast, or the key's cap."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - RATE_WINDOW_S:
            self._recent.popleft()
        if 0 <= faults.key_cap <= self._state.counts["tasks"]:
            return 433
        crowded = len(self._running) >= faults.running_max or len(self._recent) >= faults.rate_per_10s
        return 429 if crowded else None

    def start(self, model: str, body: dict[str, Any], plan: Plan, order: dict[str, Any], origin: URL) -> Job:
        """Create a task and begin to work on it."""
        job = Job(f"task_{secrets.token_hex(16)}", model, body, plan, order, origin)
        self._jobs[job.id] = job
        while len(self._jobs) > JOBS_MAX:
            self._jobs.popitem(last=False)
        self._recent.append(time.monotonic())
        self._state.count("tasks")
        task = asyncio.create_task(self._run(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return job

    def stand(self, job: Job) -> tuple[JobState, int]:
        """Return a task's state and its progress in percent."""
        if job.end is not None:
            return job.end, 100 if job.end == JobState.SUCCESS else 0
        share = (time.monotonic() - job.began) / max(0.001, self._least_s(job))
        if share < WAITING_SHARE:
            return JobState.WAITING, 0
        if share < QUEUING_SHARE:
            return JobState.QUEUING, 0
        return JobState.GENERATING, min(99, round(100 * (share - QUEUING_SHARE) / (1 - QUEUING_SHARE)))

    async def draw(self, plan: Plan, seed: int, edge_max: int, origin: URL) -> StoredFile:
        """Make what is planned. Raises RenderFailed and FetchFailed."""
        paths = {url: await self._local(url, origin) for url in _addresses(plan)}
        target = self._files.new_path()
        order = RenderOrder(
            kind="video" if plan.kind == "video" else "picture" if plan.kind == "picture" else "speech",
            target=str(target),
            format=plan.format,
            prompt=plan.prompt,
            seed=seed,
            made_with=plan.made_with,
            ratio=plan.ratio,
            pixels=plan.pixels,
            edge_max=edge_max,
            shots=plan.shots,
            sound=plan.sound,
            references=tuple(str(paths[url]) for url in plan.references),
            first_frame=str(paths[plan.first_frame]) if plan.first_frame else None,
            last_frame=str(paths[plan.last_frame]) if plan.last_frame else None,
        )
        try:
            await self._darkroom.draw(order)
        except BaseException:
            self._files.discard(target)
            raise
        return self._files.add(target, f"{target.name}.{plan.format}", MIMES[plan.format])

    async def reset(self) -> None:
        """Give up and forget all tasks."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._jobs.clear()
        self._recent.clear()

    async def _run(self, job: Job) -> None:
        """Work on a task until it has ended and its caller was told."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._work(job))
                group.create_task(self._take_time(job))
        except Exception:  # an edge: a task must not hang because of a mistake of ours
            log.exception("task %s broke", job.id)
            job.fail_code, job.fail_msg = "500", "Internal Error, Please try again later."
        if (faults := self.faults(job)).fail_msg is not None:
            job.fail_code, job.fail_msg = faults.fail_code, faults.fail_msg
        job.end = JobState.FAIL if job.fail_msg else JobState.SUCCESS
        job.ended_at = time.time()
        await callbacks.tell(self._state, job.body.get("callBackUrl"), job.id, self._record(job), self.faults(job))
        job.finished.set()

    async def _work(self, job: Job) -> None:
        try:
            if job.plan.kind == "transcript":
                await self._local(_addresses(job.plan)[0], job.origin)
                job.text = "The demo cannot hear; a provider's model will write down what is said here."
                return
            faults = self.faults(job)
            seed = pick_seed(job.plan.seed, faults)
            file = await self.draw(job.plan, seed, faults.edge_max, job.origin)
            job.results = (str(job.origin) + self._files.link(file, self.faults(job).link_life_s, job.order),)
        except (RenderFailed, FetchFailed) as error:
            job.fail_code, job.fail_msg = "400", str(error)

    async def _take_time(self, job: Job) -> None:
        """Wait until the task has taken as long as was ordered; a new order counts at once."""
        while (faults := self.faults(job)).never_ends or self._left_s(job) > 0:
            await self._state.until_ordered(None if faults.never_ends else self._left_s(job))

    def _left_s(self, job: Job) -> float:
        return job.began + self._least_s(job) - time.monotonic()

    def _least_s(self, job: Job) -> float:
        faults = self.faults(job)
        return faults.video_s if job.plan.kind == "video" else faults.image_s

    async def _local(self, url: str, origin: URL) -> Path:
        """Return the file that an address names. Raises FetchFailed, as an expired upload does."""
        link = self._files.resolve(url, origin)
        if link is not None:
            if link.expired():
                raise FetchFailed("the input file has expired")
            return link.file.path
        path = self._files.new_path()
        try:
            mime = await fetch(self._outbound, url, path, REFERENCE_BYTES_MAX)
        except FetchFailed:
            self._files.discard(path)
            raise
        return self._files.add(path, path.name, mime).path

    def _record(self, job: Job) -> dict[str, Any]:
        return record(job, *self.stand(job))


def record(job: Job, state: JobState, progress: int) -> dict[str, Any]:
    """Return a task as queries and callbacks tell it; ``resultJson`` and ``param`` are JSON inside strings."""
    result: dict[str, Any] = {"resultObject": {"text": job.text}} if job.text else {"resultUrls": list(job.results)}
    ended = round(job.ended_at * 1000) if job.ended_at else None
    return {
        "taskId": job.id,
        "model": job.model,
        "state": state.value,
        "param": callbacks.as_text(job.body),
        "resultJson": callbacks.as_text(result) if state == JobState.SUCCESS else "",
        "failCode": job.fail_code if state == JobState.FAIL else "",
        "failMsg": job.fail_msg if state == JobState.FAIL else "",
        "costTime": round(job.ended_at - job.created_at) if job.ended_at else None,
        "completeTime": ended,
        "createTime": round(job.created_at * 1000),
        "updateTime": ended or round(time.time() * 1000),
        "progress": progress,
    }


def pick_seed(given: int | None, faults: MediaFaults) -> int:
    """Return the request's seed, else the ordered one, else one by lot."""
    if given is not None:
        return given
    return faults.seed if faults.seed >= 0 else secrets.randbits(SEED_BITS)


def _addresses(plan: Plan) -> list[str]:
    return [url for url in (*plan.references, plan.first_frame, plan.last_frame) if url]


JOBS: web.AppKey[Jobs] = web.AppKey("jobs", Jobs)
