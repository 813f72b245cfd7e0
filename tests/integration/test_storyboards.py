"""Storyboards as chains of clips: each shot held, made and charged by itself, joined, ordered and tried again."""

import asyncio
from io import BytesIO
from typing import Any

import av
import pytest

from backend.core.config import Settings
from tests.support.devices import device
from tests.support.media import content
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_worker_here

REEL = "demo/kling-3.0/video"
QUICK = {"poll_factor": 0.02, "task_retry_pause_max_s": 0.2, "sweep_s": 0.3}
SHOTS = [{"prompt": "The door opens", "seconds": 3}, {"prompt": "Steam rises", "seconds": 4}]
PER_S_MC = 8_000
FAILS = '\nX-Sandbox: {"fail_msg": "no"}'
"""In a prompt it makes the sandbox fail."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=QUICK)


def shot(prompt: str = "A door", seconds: int = 3, **more: Any) -> dict[str, Any]:
    return {"prompt": prompt, "seconds": seconds, **more}


async def board(person: Person, shots: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """Begin a storyboard as a chain of clips."""
    return await person.make("", model=REEL, **{"shots": shots or SHOTS, "chain": True, **more})


async def credits_of(person: Person) -> dict[str, int]:
    found: dict[str, int] = await person.get("/api/credits")
    return found


def states(task: dict[str, Any]) -> list[str]:
    return [one["state"] for one in task["storyboard"]["shots"]]


def seconds_of(film: bytes) -> float:
    with av.open(BytesIO(film)) as container:
        return float((container.duration or 0) / av.time_base)


@pytest.mark.usefixtures("worker")
async def test_a_chain_is_one_film_of_clips_that_are_paid_one_by_one(anna: Person, faults: Faults) -> None:
    before = await credits_of(anna)
    conversation = await anna.conversation()
    turn = await board(anna, conversation_id=conversation)
    assert (turn["task"]["state"], turn["answer"]["status"]) == ("running", "developing")
    assert turn["credits"]["held_mc"] == turn["task"]["held_mc"] == turn["answer"]["credits"]["held_mc"] == 7 * PER_S_MC
    assert turn["answer"]["task"]["storyboard"] == turn["task"]["storyboard"]

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["error"], task["charged_mc"], task["progress"]) == (
        "completed",
        None,
        7 * PER_S_MC,
        100,
    )
    clips = task["storyboard"]["shots"]
    assert [(clip["number"], clip["state"], clip["charged_mc"]) for clip in clips] == [
        (1, "completed", 3 * PER_S_MC),
        (2, "completed", 4 * PER_S_MC),
    ]
    (film,) = task["assets"]
    assert 6_500 <= film["duration_ms"] <= 7_500
    assert film["id"] not in [clip["assets"][0]["id"] for clip in clips]
    answer = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][-1]
    assert (answer["status"], answer["assets"], answer["credits"]["charged_mc"]) == ("complete", [film], 7 * PER_S_MC)
    after = await credits_of(anna)
    assert (after["held_mc"], after["balance_mc"]) == (0, before["balance_mc"] - 7 * PER_S_MC)
    assert (await faults.state())["counts"]["create_task"] == 2
    assert [item["id"] for item in (await anna.get("/api/tasks"))["items"]] == [task["id"]]


@pytest.mark.usefixtures("worker")
async def test_another_order_is_another_film_and_costs_nothing(anna: Person, faults: Faults) -> None:
    task = await anna.finished((await board(anna))["task"]["id"])
    paid = await credits_of(anna)

    status, ordered = await anna.call("PUT", f"/api/tasks/{task['id']}/shots/order", {"order": [2, 1]})
    assert (status, ordered["state"], ordered["assets"]) == (200, "saving", task["assets"])
    again = await anna.finished(task["id"])
    assert (again["state"], [one["number"] for one in again["storyboard"]["shots"]]) == ("completed", [2, 1])
    assert again["assets"][0]["id"] != task["assets"][0]["id"]
    assert abs(again["assets"][0]["duration_ms"] - task["assets"][0]["duration_ms"]) < 200
    assert await credits_of(anna) == paid
    assert (await faults.state())["counts"]["create_task"] == 2

    await anna.call("PUT", f"/api/tasks/{task['id']}/shots/order", {"order": [1, 2]})
    back = await anna.finished(task["id"])
    assert back["assets"] == task["assets"], "the same clips in the same order are the same bytes"
    for wrong in ([1], [1, 1], [1, 2, 3], [3, 4]):
        status, problem = await anna.call("PUT", f"/api/tasks/{task['id']}/shots/order", {"order": wrong})
        assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.usefixtures("worker")
async def test_a_failed_shot_is_tried_again_alone(anna: Person, faults: Faults) -> None:
    before = await credits_of(anna)
    conversation = await anna.conversation()
    turn = await board(anna, [SHOTS[0], shot(f"Steam rises{FAILS}", 4)], conversation_id=conversation)
    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["error"]) == ("failed", {"code": "shots_missing", "params": {"shots": ["2"]}})
    assert states(task) == ["completed", "failed"]
    assert [one["retryable"] for one in task["storyboard"]["shots"]] == [False, True]
    assert (await credits_of(anna)) == {**before, "balance_mc": before["balance_mc"] - 3 * PER_S_MC,
                                        "available_mc": before["available_mc"] - 3 * PER_S_MC}  # fmt: skip
    url = f"/api/tasks/{task['id']}/shots"
    assert (await anna.call("POST", f"{url}/1/retry", {}))[1]["code"] == "shot_not_retryable"
    assert (await anna.call("POST", f"{url}/3/retry", {}))[0] == 404

    body = {"shot": shot("Mist rises", 5)}
    first, second = await asyncio.gather(
        *(anna.call("POST", f"{url}/2/retry", body, Idempotency_Key="once-more-please") for _ in range(2))
    )
    assert (first[0], second[0], first[1]["storyboard"]["shots"][1]["prompt"]) == (202, 202, "Mist rises")
    assert first[1]["state"] == "running"
    done = await anna.finished(task["id"])
    assert (done["state"], states(done), done["charged_mc"]) == ("completed", ["completed"] * 2, 8 * PER_S_MC)
    assert done["storyboard"]["shots"][0] == task["storyboard"]["shots"][0]
    answer = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][-1]
    assert (answer["status"], answer["error"], answer["credits"]["charged_mc"]) == ("complete", None, 8 * PER_S_MC)
    assert (await faults.state())["counts"]["create_task"] == 3
    assert (await credits_of(anna))["balance_mc"] == before["balance_mc"] - 8 * PER_S_MC


@pytest.mark.usefixtures("worker")
async def test_each_clip_goes_on_from_the_last_frame_of_the_one_before(anna: Person, faults: Faults) -> None:
    turn = await board(anna, [shot("One"), shot("Two"), shot("Three")], continuous=True)
    assert states(turn["task"]) == ["queued", "waiting", "waiting"]
    assert [one["place"] for one in turn["task"]["storyboard"]["shots"]] == [None] * 3

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["storyboard"]["continuous"]) == ("completed", True)
    ends = [one["finished_at"] for one in task["storyboard"]["shots"]]
    assert ends == sorted(ends)
    assert (await faults.state())["counts"]["uploads"] == 2


@pytest.mark.usefixtures("worker")
async def test_what_would_have_gone_on_from_a_failed_shot_is_cancelled_and_begins_again_with_it(
    anna: Person,
) -> None:
    before = await credits_of(anna)
    shots = [shot("One"), shot(f"Two{FAILS}"), shot("Three")]
    task = await anna.finished((await board(anna, shots, continuous=True))["task"]["id"])
    assert states(task) == ["completed", "failed", "cancelled"]
    assert (await credits_of(anna))["balance_mc"] == before["balance_mc"] - 3 * PER_S_MC

    body = {"shot": shot("Two")}
    status, again = await anna.call("POST", f"/api/tasks/{task['id']}/shots/2/retry", body)
    assert (status, states(again)[2]) == (202, "waiting")
    done = await anna.finished(task["id"])
    assert (done["state"], done["charged_mc"]) == ("completed", 9 * PER_S_MC)


async def test_each_shot_takes_its_own_place_and_all_are_cancelled_at_no_cost(anna: Person, app: RunningApp) -> None:
    before = await credits_of(anna)
    conversation = await anna.conversation()
    turn = await board(anna, [shot(f"Number {number}") for number in range(4)], conversation_id=conversation)
    limit = app.container.settings.video_limit_per_conversation
    assert states(turn["task"]) == ["queued"] * limit + ["waiting"] * (4 - limit)
    assert [one["place"] for one in turn["task"]["storyboard"]["shots"][limit:]] == [1, 2]

    status, task = await anna.call("POST", f"/api/tasks/{turn['task']['id']}/cancel")
    assert (status, task["state"], states(task), task["charged_mc"]) == (200, "cancelled", ["cancelled"] * 4, 0)
    assert await credits_of(anna) == before
    limits = (await anna.get("/api/limits"))["kinds"]
    assert {kind["user"]["active"] for kind in limits} == {0}
    async with run_worker_here(app):
        assert (await anna.call("POST", f"/api/tasks/{task['id']}/shots/3/retry", {}))[1]["state"] == "running"
        again = await anna.finished(task["id"])
    assert (again["state"], states(again)) == ("cancelled", ["cancelled", "cancelled", "completed", "cancelled"])


@pytest.mark.usefixtures("worker")
async def test_what_is_at_work_goes_on_when_the_rest_is_cancelled(anna: Person, faults: Faults) -> None:
    await faults.order(never_ends=True)
    turn = await board(anna, [shot("One"), shot("Two", 4)], continuous=True)
    task_id, first = turn["task"]["id"], turn["task"]["storyboard"]["shots"][0]["task_id"]
    await anna.reaches(first, "running")

    status, task = await anna.call("POST", f"/api/tasks/{task_id}/cancel")
    assert (status, task["state"], states(task)) == (200, "running", ["running", "cancelled"])
    assert (await anna.call("POST", f"/api/tasks/{task_id}/cancel"))[1]["code"] == "not_cancellable"
    await faults.order()
    done = await anna.finished(task_id)
    assert (done["state"], states(done), done["charged_mc"]) == ("cancelled", ["completed", "cancelled"], 3 * PER_S_MC)


async def test_too_few_credits_or_places_begin_nothing(anna: Person, app: RunningApp) -> None:
    long = [shot(f"Number {number}", 15) for number in range(2)]
    problem = await board(anna, long, status=402)
    assert (problem["code"], problem["params"]["needed_mc"]) == ("insufficient_credits", 30 * PER_S_MC)
    object.__setattr__(app.container.settings, "tasks_waiting_per_user", 1)
    problem = await board(anna, [shot() for _ in range(5)], status=429)
    assert problem["code"] == "queue_full"

    assert (await anna.get("/api/tasks"))["items"] == []
    assert (await credits_of(anna))["held_mc"] == 0
    limits = (await anna.get("/api/limits"))["kinds"]
    assert {kind["user"]["active"] for kind in limits} == {0}


REFUSED = [
    pytest.param({"shots": [shot(), shot(seconds=2)]}, "shots.2.seconds", "too_small", id="a clip that is too short"),
    pytest.param({"shots": [shot("  ")]}, "shots.1.prompt", "required", id="no words"),
    pytest.param({"options": {"seconds": 5}}, "seconds", "conflict", id="a length for all"),
    pytest.param({"options": {"size": "4:3"}}, "size", "unknown_option", id="an option of another model"),
    pytest.param({"chain": False, "continuous": True}, "continuous", "conflict", id="going on within one call"),
    pytest.param({"shots": [shot() for _ in range(13)]}, "shots", "too_many", id="more than may be joined"),
]


@pytest.mark.parametrize(("change", "option", "reason"), REFUSED)
async def test_what_a_chain_does_not_take_is_refused_by_shot(
    anna: Person, change: dict[str, Any], option: str, reason: str
) -> None:
    problem = await board(anna, status=422, **change)

    assert problem["code"] == "option_refused"
    assert (problem["params"]["option"], problem["params"]["reason"]) == (option, reason)
    assert (await credits_of(anna))["held_mc"] == 0


@pytest.mark.usefixtures("worker")
async def test_foreign_pictures_and_foreign_storyboards_are_not_found(anna: Person, ben: Person) -> None:
    task = await anna.finished((await board(anna, [shot(), shot("Two")]))["task"]["id"])
    clip = task["storyboard"]["shots"][0]["assets"][0]["id"]
    stolen = [shot(references=[{"asset_id": clip, "role": "first_frame"}])]

    assert (await board(ben, stolen, status=404))["code"] == "not_found"
    url = f"/api/tasks/{task['id']}/shots"
    assert (await ben.call("POST", f"{url}/1/retry", {}))[0] == 404
    assert (await ben.call("PUT", f"{url}/order", {"order": [2, 1]}))[0] == 404
    single = (await anna.make())["task"]["id"]
    assert (await anna.call("PUT", f"/api/tasks/{single}/shots/order", {"order": [1]}))[0] == 404
    assert (await credits_of(ben))["held_mc"] == 0


@pytest.mark.usefixtures("worker")
async def test_a_deleted_clip_can_be_made_again(anna: Person) -> None:
    task = await anna.finished((await board(anna))["task"]["id"])
    clip = task["storyboard"]["shots"][1]["assets"][0]["id"]
    assert (await anna.call("DELETE", f"/api/assets/{clip}"))[0] == 200

    url = f"/api/tasks/{task['id']}/shots"
    assert (await anna.call("PUT", f"{url}/order", {"order": [2, 1]}))[1]["code"] == "shot_missing"
    assert (await anna.call("POST", f"{url}/2/retry", {}))[0] == 202
    done = await anna.finished(task["id"])
    assert (done["state"], done["charged_mc"]) == ("completed", 11 * PER_S_MC)


@pytest.mark.usefixtures("worker")
async def test_a_deleted_conversation_leaves_what_is_at_work(anna: Person, faults: Faults) -> None:
    await faults.order(never_ends=True)
    conversation = await anna.conversation()
    turn = await board(anna, [shot(f"Number {number}") for number in range(3)], conversation_id=conversation)
    for one in turn["task"]["storyboard"]["shots"][:2]:
        await anna.reaches(one["task_id"], "running")

    assert (await anna.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200
    await faults.order()
    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["message_id"]) == ("cancelled", None)
    assert sorted(states(task)) == ["cancelled", "completed", "completed"]
    assert (await credits_of(anna))["held_mc"] == 0


async def test_a_quote_tells_how_it_runs_and_is_what_is_held(anna: Person) -> None:
    for chain, wanted in ((None, False), (True, True), (False, False)):
        body = {"model_id": REEL, "shot_seconds": [3, 4], "chain": chain}
        status, quote = await anna.call("POST", "/api/quotes", body)
        assert (status, quote["chain"], quote["maximum"]["amount_mc"]) == (200, wanted, 7 * PER_S_MC)
    turn = await board(anna)
    assert turn["task"]["held_mc"] == 7 * PER_S_MC
    long = {"model_id": REEL, "shot_seconds": [10, 10]}
    assert (await anna.call("POST", "/api/quotes", long))[1]["chain"] is True, "too long for one call"


@pytest.mark.usefixtures("worker")
async def test_shots_are_told_as_their_storyboard(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as hers:
        task = await anna.finished((await board(anna))["task"]["id"])
        heard = await hers.until("task.changed", state="completed")
    changes = [event["data"] for event in heard if event["type"] == "task.changed"]
    assert {change["id"] for change in changes} == {task["id"]}
    assert changes[-1] == task
    assert "saving" in [change["state"] for change in changes]


@pytest.mark.usefixtures("worker")
async def test_programs_get_their_film_in_one_call(anna: Person) -> None:
    body = {"model_id": REEL, "shots": SHOTS, "continuous": True}
    status, task = await anna.call("POST", "/api/videos/generations", body, Prefer="wait=30")

    assert (status, task["state"], len(task["storyboard"]["shots"])) == (202, "completed", 2)
    assert seconds_of(await content(anna, task["assets"][0])) == pytest.approx(7, abs=0.5)
    frames = [one["assets"][0]["id"] for one in task["storyboard"]["shots"]]
    assert len(set(frames)) == 2
