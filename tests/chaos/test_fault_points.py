"""Workers that die between any two steps, and workers that wake too late: one outcome and one submission per task."""

import asyncio
import signal
from functools import partial
from typing import Any

import psutil
import pytest

from backend.core.config import Settings
from backend.core.errors import StartError
from backend.core.fault_points import FaultPoint, arm, pass_point
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, until
from tests.support.workers import end, ledger_is_whole, outcomes_of_holds, start, worker_environment, worker_process

REEL = "demo/kling-3.0/video"
FILM = {FaultPoint.BEFORE_FILM, FaultPoint.AFTER_FILM}
LOST = {FaultPoint.AFTER_INTENT, FaultPoint.BEFORE_SEND, FaultPoint.AFTER_SEND, FaultPoint.BEFORE_ANSWER}
"""Who finds the task afterwards cannot know whether it was sent: it is never sent again."""
NEVER_SENT = {FaultPoint.AFTER_INTENT, FaultPoint.BEFORE_SEND}
NEVER_STALLED = "600"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"image_limit_per_user": 50, "image_limit_per_conversation": 50})


async def begin(person: Person, point: FaultPoint) -> dict[str, Any]:
    """Begin what passes a point."""
    if point in FILM:
        shots = [{"prompt": f"{point} {number}", "seconds": 3} for number in range(2)]
        return (await person.make("", model=REEL, shots=shots, chain=True))["task"]
    return (await person.make(str(point)))["task"]


async def test_a_worker_killed_at_any_point_leaves_one_submission_and_one_outcome(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    tasks, sent = {}, 0
    for point in FaultPoint:
        # It gives up nobody, so that it meets its own task only.
        order = {"LATENT_FAULT": f"{point}:kill", "LATENT_WORKER_STALLED_S": NEVER_STALLED}
        victim = await start("worker", worker_environment(app.container.settings, **order))
        tasks[point] = await begin(anna, point)
        assert await asyncio.wait_for(victim.wait(), 30) == -signal.SIGKILL, point
        sent += 0 if point in NEVER_SENT else 2 if point in FILM else 1

    async with worker_process(app):
        ended = {point: await anna.finished(task["id"]) for point, task in tasks.items()}
    assert {point: task["state"] for point, task in ended.items()} == {
        point: "failed" if point in LOST else "completed" for point in FaultPoint
    }
    assert (await faults.state())["counts"]["create_task"] == sent
    assert set(outcomes_of_holds(app.container.settings).values()) == {1}
    assert ledger_is_whole(app.container.settings)
    assert (await anna.get("/api/credits"))["held_mc"] == 0
    scratch = app.container.settings.data_dir / "media" / "incoming"
    assert {task["error"]["code"] for task in ended.values() if task["error"]} == {"task_unconfirmed"}
    assert scratch.is_dir()


async def is_frozen(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


@pytest.mark.parametrize("point", [FaultPoint.AFTER_SEND, FaultPoint.BEFORE_SETTLE])
async def test_a_worker_that_wakes_too_late_changes_nothing(
    anna: Person, faults: Faults, app: RunningApp, point: FaultPoint
) -> None:
    sleeper = await start("worker", worker_environment(app.container.settings, LATENT_FAULT=f"{point}:freeze"))
    try:
        task_id = (await anna.make())["task"]["id"]
        await until(partial(is_frozen, sleeper.pid), "the worker that falls asleep")
        async with worker_process(app):
            task = await anna.finished(task_id)
        balance_mc = (await anna.get("/api/credits"))["balance_mc"]

        sleeper.send_signal(signal.SIGCONT)
        async with worker_process(app):
            later = await anna.finished((await anna.make("later"))["task"]["id"])
    finally:
        await end(sleeper)  # not before what it has at work is done: it has tried by now
    assert await anna.get(f"/api/tasks/{task_id}") == task
    assert task["state"] == ("failed" if point in LOST else "completed")
    assert (await anna.get("/api/credits"))["balance_mc"] == balance_mc - later["charged_mc"]
    assert set(outcomes_of_holds(app.container.settings).values()) == {1}


def test_a_fault_is_named_exactly_or_refused() -> None:
    for order in ("", "kill", "after_send", "after_send:explode", "nowhere:kill"):
        with pytest.raises(StartError):
            arm(order)
    arm(None)
    for point in FaultPoint:
        pass_point(point)
