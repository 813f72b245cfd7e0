"""Media tasks through HTTP, with a worker and the sandbox: begun, run, saved, charged; and what goes wrong."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from backend.core.config import Settings
from backend.core.media_types import AssetKind
from backend.repositories.task_repository import list_waiting
from backend.services.asset_arrival import PermitWithdrawn
from tests.support.media import png
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_worker_here

QUICK_POLLS = {"poll_factor": 0.02, "task_retry_pause_max_s": 0.2, "sweep_s": 0.3}
WEBHOOK_KEY = "a key for callbacks"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={**QUICK_POLLS, "kie_webhook_key": SecretStr(WEBHOOK_KEY)})


async def balance(person: Person) -> dict[str, int]:
    found: dict[str, int] = await person.get("/api/credits")
    return found


@pytest.mark.usefixtures("worker")
async def test_a_picture_is_ours_before_it_is_done_and_paid(anna: Person) -> None:
    before = await balance(anna)
    conversation = await anna.conversation()
    turn = await anna.make("A tea house in mist", conversation_id=conversation, options={"aspect_ratio": "16:9"})
    assert turn["task"]["state"] == "queued"
    assert turn["answer"]["status"] == "developing"
    assert turn["credits"]["held_mc"] == turn["task"]["held_mc"] == 8_000

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["error"], task["charged_mc"]) == ("completed", None, 8_000)
    (asset,) = task["assets"]
    assert (asset["kind"], asset["width"] > asset["height"]) == ("image", True)
    async with anna.browser.get(f"/api/assets/{asset['id']}/content") as response:
        assert (response.status, (await response.read())[:4]) == (200, b"\x89PNG")
    question, answer = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"]
    assert (question["content"], answer["status"]) == ("A tea house in mist", "complete")
    assert answer["assets"] == [asset]
    assert answer["credits"]["charged_mc"] == 8_000
    after = await balance(anna)
    assert (after["held_mc"], after["balance_mc"]) == (0, before["balance_mc"] - 8_000)


@pytest.mark.usefixtures("worker")
async def test_a_clip_costs_its_seconds(anna: Person) -> None:
    turn = await anna.make(model="demo/kling-3.0/video", options={"seconds": 3, "sound": True})

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["charged_mc"]) == ("completed", 3 * 8_000 * 2)
    assert task["assets"][0]["kind"] == "video"
    assert 2_500 <= task["assets"][0]["duration_ms"] <= 3_500
    assert task["assets"][0]["has_poster"] is True


@pytest.mark.usefixtures("worker")
async def test_a_result_is_gone_on_from(anna: Person, faults: Faults) -> None:
    first = await anna.finished((await anna.make())["task"]["id"])
    reference = {"asset_id": first["assets"][0]["id"], "role": "reference"}

    edited = await anna.finished((await anna.make("Remove the lantern", references=[reference]))["task"]["id"])
    assert edited["state"] == "completed"
    assert edited["request"]["references"] == [reference]
    frame = {**reference, "role": "first_frame"}
    clip = await anna.make("Push in", model="demo/kling-3.0/video", options={"seconds": 3}, references=[frame])
    assert (await anna.finished(clip["task"]["id"]))["state"] == "completed"


@pytest.mark.usefixtures("worker")
async def test_a_storyboard_is_one_clip_of_several_shots(anna: Person) -> None:
    shots = [{"prompt": "The door opens", "seconds": 2}, {"prompt": "Steam rises", "seconds": 2}]
    turn = await anna.make("", model="demo/kling-3.0/video", shots=shots)

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["charged_mc"]) == ("completed", 4 * 8_000)
    assert task["request"]["shots"] == [{**shot, "references": []} for shot in shots]
    assert (task["request"]["chain"], task["storyboard"]) == (False, None)


@pytest.mark.usefixtures("worker")
async def test_pictures_that_come_with_the_answer_are_kept_too(anna: Person) -> None:
    turn = await anna.make(model="demo-openai/demo-canvas", options={"n": 2})

    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["charged_mc"], len(task["assets"])) == ("completed", 12_000, 2)


async def created(faults: Faults) -> int:
    """Return how many tasks the provider was asked to create."""
    return int((await faults.state())["counts"].get("create_task", 0))


FAILURES = [
    pytest.param({"fail_msg": "no"}, "provider_failed", id="the provider failed"),
    pytest.param({"create_code": 402}, "provider_funds", id="our account is empty"),
    pytest.param({"create_code": 422}, "provider_bad_request", id="refused"),
    pytest.param({"create_code": 401}, "provider_auth", id="wrong key"),
    pytest.param({"link": "expired"}, "provider_result_gone", id="the link is dead"),
    pytest.param({"link": "404"}, "provider_result_gone", id="the link leads nowhere"),
    pytest.param({"link": "html"}, "media_invalid", id="a page instead of a picture"),
    pytest.param({"link": "svg"}, "media_invalid", id="an SVG instead of a picture"),
    pytest.param({"link": "truncated"}, "media_invalid", id="half a picture"),
    pytest.param({"link": "pixel_bomb"}, "media_too_large", id="a picture that unpacks too far"),
    pytest.param({"link": "gzip_bomb"}, "media_invalid", id="packed without being asked"),
]


@pytest.mark.parametrize(("fault", "code"), FAILURES)
@pytest.mark.usefixtures("worker")
async def test_what_fails_costs_nothing_keeps_nothing_and_says_why(
    anna: Person, faults: Faults, fault: dict[str, Any], code: str
) -> None:
    before = await balance(anna)
    await faults.order(**fault)
    conversation = await anna.conversation()

    task = await anna.finished((await anna.make(conversation_id=conversation))["task"]["id"])
    assert (task["state"], task["error"]["code"], task["charged_mc"]) == ("failed", code, 0)
    assert await balance(anna) == before
    answer = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][-1]
    assert (answer["status"], answer["error"]["code"], answer["assets"]) == ("failed", code, [])
    assert (await anna.get("/api/assets"))["items"] == []


async def test_a_provider_in_maintenance_is_tried_by_one_task_and_the_others_say_why_they_wait(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    await faults.order(create_code=455)
    ids = [(await anna.make(f"number {number}"))["task"]["id"] for number in range(4)]
    async with run_worker_here(app, task_submits_at_once=1, task_retry_pause_max_s=1.0):
        deadline = asyncio.get_running_loop().time() + 20
        while {(await anna.get(f"/api/tasks/{task_id}"))["pause_reason"] for task_id in ids} != {
            "provider_unavailable"
        }:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)
        assert await created(faults) == 1
        await faults.order()
        assert {(await anna.finished(task_id))["state"] for task_id in ids} == {"completed"}


async def test_results_are_stored_only_by_whoever_has_the_task(anna: Person, app: RunningApp) -> None:
    async def withdrawn(_db: object) -> bool:
        return False

    assets = app.container.assets
    with pytest.raises(PermitWithdrawn):
        await assets.store_bytes(UUID(anna.user["id"]), png(), expected=AssetKind.IMAGE, permit=withdrawn)
    assert (await anna.get("/api/assets"))["items"] == []


@pytest.mark.parametrize("code", [429, 455])
@pytest.mark.usefixtures("worker")
async def test_a_provider_that_is_busy_or_closed_is_asked_again_later(anna: Person, faults: Faults, code: int) -> None:
    await faults.order(create_code=code)
    task_id = (await anna.make())["task"]["id"]
    deadline = asyncio.get_running_loop().time() + 20
    while (await anna.get(f"/api/tasks/{task_id}"))["pause_reason"] is None:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)

    await faults.order()
    assert (await anna.finished(task_id))["state"] == "completed"
    assert (await faults.state())["counts"]["tasks"] == 1


@pytest.mark.parametrize("lost", ["cut", "code_500"])
async def test_a_submission_whose_answer_was_lost_is_never_sent_again(
    anna: Person, faults: Faults, app: RunningApp, lost: str
) -> None:
    before = await balance(anna)
    await faults.order(create_then=lost)
    async with run_worker_here(app, unconfirmed_max_s=1.0):
        task_id = (await anna.make())["task"]["id"]
        await anna.reaches(task_id, "unconfirmed")
        assert (await balance(anna))["held_mc"] == 8_000

        task = await anna.finished(task_id)
    assert (task["state"], task["error"]["code"], task["charged_mc"]) == ("failed", "task_unconfirmed", 0)
    assert await balance(anna) == before
    assert await created(faults) == 1
    flagged = (await anna.get("/api/admin/tasks/flagged"))["items"]
    assert [(item["id"], "prompt" in item) for item in flagged] == [(task_id, False)]


async def test_a_person_resolves_what_was_flagged_once(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(create_then="cut")
    async with run_worker_here(app, unconfirmed_max_s=0.1):
        task_id = (await anna.finished((await anna.make())["task"]["id"]))["id"]
    before = await balance(anna)
    url = f"/api/admin/tasks/flagged/{task_id}/resolve"
    assert (await anna.call("POST", url, {"charge_mc": 10**9, "reason": "too much"}))[1][
        "code"
    ] == "insufficient_credits"

    body = {"charge_mc": 8_000, "reason": "The provider has delivered it"}
    answers = await asyncio.gather(*(anna.call("POST", url, body) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 404, 404]
    assert (await balance(anna))["balance_mc"] == before["balance_mc"] - 8_000
    assert (await anna.get("/api/admin/tasks/flagged"))["items"] == []
    newest = (await anna.get("/api/credits/transactions"))["items"][0]
    assert (newest["kind"], newest["reason"]) == ("deduct", body["reason"])
    assert (await anna.get("/api/admin/audit?action=tasks.resolve"))["items"][0]["details"]["charge_mc"] == 8_000


async def test_a_callback_settles_what_was_unconfirmed(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(create_then="cut", webhook_key=WEBHOOK_KEY)
    async with run_worker_here(app, callback_base_url=app.url):
        task = await anna.finished((await anna.make())["task"]["id"])
    assert (task["state"], task["charged_mc"]) == ("completed", 8_000)
    assert await created(faults) == 1


@pytest.mark.parametrize("how", ["twice", "early", "out_of_order", "wrong_signature", "stale", "never"])
async def test_callbacks_only_wake(anna: Person, faults: Faults, app: RunningApp, how: str) -> None:
    before = await balance(anna)
    await faults.order(callback=how, webhook_key=WEBHOOK_KEY)
    async with run_worker_here(app, callback_base_url=app.url):
        task = await anna.finished((await anna.make())["task"]["id"])
    assert (task["state"], task["charged_mc"]) == ("completed", 8_000)
    assert (await balance(anna))["balance_mc"] == before["balance_mc"] - 8_000


async def test_a_task_that_never_ends_is_given_up(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(never_ends=True)
    async with run_worker_here(app, image_timeout_s=1.0):
        task = await anna.finished((await anna.make())["task"]["id"])
    assert (task["state"], task["error"]["code"], task["charged_mc"]) == ("failed", "provider_timeout", 0)


@pytest.mark.usefixtures("worker")
async def test_a_task_that_cannot_be_seen_yet_is_waited_for(anna: Person, faults: Faults) -> None:
    await faults.order(invisible_s=0.5)

    assert (await anna.finished((await anna.make())["task"]["id"]))["state"] == "completed"


async def test_what_nobody_works_on_is_cancelled_at_no_cost(anna: Person) -> None:
    before = await balance(anna)
    conversation = await anna.conversation()
    task_id = (await anna.make(conversation_id=conversation))["task"]["id"]

    status, task = await anna.call("POST", f"/api/tasks/{task_id}/cancel")
    assert (status, task["state"], task["charged_mc"]) == (200, "cancelled", 0)
    assert (await anna.call("POST", f"/api/tasks/{task_id}/cancel"))[1] == task
    assert await balance(anna) == before
    assert (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][-1]["status"] == "stopped"


@pytest.mark.usefixtures("worker")
async def test_what_a_provider_works_on_goes_on_and_is_paid(anna: Person, faults: Faults) -> None:
    await faults.order(never_ends=True)
    task_id = (await anna.make())["task"]["id"]
    await anna.reaches(task_id, "running")

    status, problem = await anna.call("POST", f"/api/tasks/{task_id}/cancel")
    assert (status, problem["code"]) == (409, "not_cancellable")
    await faults.order()
    assert (await anna.finished(task_id))["charged_mc"] == 8_000


async def test_over_the_limit_tasks_wait_in_their_order_and_are_let_in(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    await faults.order(never_ends=True)
    conversation = await anna.conversation()
    made, parent = [], None
    for number in range(6):
        turn = await anna.make(f"number {number}", conversation_id=conversation, parent_id=parent)
        made.append(turn["task"])
        parent = turn["answer"]["id"]

    limit = app.container.settings.image_limit_per_conversation
    assert [task["state"] for task in made] == ["queued"] * limit + ["waiting"] * (6 - limit)
    assert [task["place"] for task in made[limit:]] == [1, 2]
    elsewhere = (await anna.make("elsewhere"))["task"]
    told = await anna.get(f"/api/limits?conversation_id={conversation}")
    assert (told["unfinished"], told["conversation_unfinished"]) == (7, 6)
    await faults.order()
    async with run_worker_here(app):
        ended = [await anna.finished(task["id"]) for task in made]
        await anna.finished(elsewhere["id"])
    assert {task["state"] for task in ended} == {"completed"}
    assert ended[4]["started_at"] <= ended[5]["started_at"]
    told = await anna.get(f"/api/limits?conversation_id={conversation}")
    assert {kind["user"]["active"] for kind in told["kinds"]} == {0}
    assert (told["unfinished"], told["conversation_unfinished"]) == (0, 0)


async def test_who_has_many_tasks_waiting_waits_longer_for_each(anna: Person, ben: Person, app: RunningApp) -> None:
    limit = app.container.settings.image_limit_per_conversation
    hers = [(await anna.make(f"number {number}"))["task"] for number in range(limit + 3)]
    his = [(await ben.make(f"number {number}"))["task"] for number in range(limit + 2)]
    assert [task["place"] for task in hers[limit:]] == [1, 2, 3]
    assert [task["place"] for task in his[limit:]] == [1, 2]

    async with app.container.database.unit_of_work() as db:
        order = [str(task_id) for *_, task_id in await list_waiting(db, limit=10)]
    assert order == [task["id"] for task in (hers[limit], his[limit], hers[limit + 1], his[limit + 1], hers[limit + 2])]


async def test_a_full_queue_is_refused_with_nothing_held(anna: Person, app: RunningApp) -> None:
    settings = app.container.settings
    for _ in range(settings.image_limit_per_user + 1):
        await anna.make()
    waiting = (await anna.get("/api/tasks?active=true"))["items"]
    assert [task["state"] for task in waiting].count("waiting") >= 1
    object.__setattr__(settings, "tasks_waiting_per_user", 1)
    held = (await balance(anna))["held_mc"]

    problem = await anna.make(status=429)
    assert problem["code"] == "queue_full"
    assert (await balance(anna))["held_mc"] == held


async def test_the_same_key_makes_one_task(anna: Person) -> None:
    body = {"prompt": "once", "model_id": "demo/nano-banana-2"}
    answers = await asyncio.gather(
        *(anna.call("POST", "/api/tasks", body, Idempotency_Key="a-picture-once") for _ in range(6))
    )
    other = await anna.call("POST", "/api/tasks", {**body, "prompt": "twice"}, Idempotency_Key="a-picture-once")

    assert {status for status, _ in answers} == {202}
    assert len({turn["task"]["id"] for _, turn in answers}) == 1
    assert (other[0], other[1]["code"]) == (422, "idempotency_mismatch")
    assert (await balance(anna))["held_mc"] == 8_000


REFUSED = [
    pytest.param({"options": {"n_frames": "10"}}, "n_frames", "unknown_option", id="an option of another model"),
    pytest.param({"options": {"aspect_ratio": "7:5"}}, "aspect_ratio", "not_a_choice", id="no such ratio"),
    pytest.param({"prompt": ""}, "prompt", "required", id="no prompt"),
    pytest.param({"shots": [{"prompt": "x", "seconds": 3}]}, "shots", "not_supported", id="shots for a picture"),
]


@pytest.mark.parametrize(("change", "option", "reason"), REFUSED)
async def test_what_a_model_does_not_take_is_refused_by_name(
    anna: Person, change: dict[str, Any], option: str, reason: str
) -> None:
    problem = await anna.make(status=422, **change)

    assert problem["code"] == "option_refused"
    assert (problem["params"]["option"], problem["params"]["reason"]) == (option, reason)
    assert (await balance(anna))["held_mc"] == 0


@pytest.mark.usefixtures("worker")
async def test_a_foreign_picture_is_not_found_and_nothing_is_held(anna: Person, ben: Person, faults: Faults) -> None:
    hers = (await anna.finished((await anna.make())["task"]["id"]))["assets"][0]["id"]
    asked = await created(faults)

    problem = await ben.make(status=404, references=[{"asset_id": hers}])
    assert (problem["code"], problem["params"]) == ("not_found", {})
    assert (await balance(ben))["held_mc"] == 0
    assert await created(faults) == asked


async def test_too_few_credits_begin_nothing(anna: Person) -> None:
    await anna.call(
        "POST", f"/api/admin/users/{anna.user['id']}/adjustments", {"amount_mc": -193_000, "reason": "poor"}
    )
    conversation = await anna.conversation()

    problem = await anna.make(status=402, conversation_id=conversation)
    assert problem["params"]["needed_mc"] == 8_000
    assert problem["params"]["available_mc"] == 7_000
    assert (await anna.get(f"/api/conversations/{conversation}/messages"))["items"] == []


async def test_a_quote_is_what_is_held(anna: Person) -> None:
    body = {"model_id": "demo/kling-3.0/video", "options": {"seconds": 7, "mode": "pro"}}
    status, quote = await anna.call("POST", "/api/quotes", body)
    turn = await anna.make(model=body["model_id"], options=body["options"])

    assert (status, quote["maximum"]["amount_mc"]) == (200, 7 * 12_000)
    assert turn["task"]["held_mc"] == 7 * 12_000


@pytest.mark.usefixtures("worker")
async def test_deleting_a_conversation_cancels_what_waits_and_keeps_what_runs(anna: Person, faults: Faults) -> None:
    await faults.order(never_ends=True)
    conversation = await anna.conversation()
    turn = await anna.make(conversation_id=conversation)
    await anna.reaches(turn["task"]["id"], "running")

    assert (await anna.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200
    await faults.order()
    task = await anna.finished(turn["task"]["id"])
    assert (task["state"], task["conversation_id"], task["charged_mc"]) == ("completed", None, 8_000)
    assert [asset["id"] for asset in (await anna.get("/api/assets"))["items"]] == [task["assets"][0]["id"]]


@pytest.mark.usefixtures("worker")
async def test_programs_get_their_picture_in_one_call(anna: Person) -> None:
    body = {"prompt": "A lantern", "model_id": "demo/nano-banana-2", "size": "1:1"}
    status, task = await anna.call("POST", "/api/images/generations", body, Prefer="wait=20")

    assert (status, task["state"], task["conversation_id"]) == (202, "completed", None)
    assert await anna.get(f"/api/images/generations/{task['id']}") == task
    assert (await anna.call("GET", f"/api/videos/generations/{task['id']}"))[0] == 404
    edit = {**body, "prompt": "Brighter", "asset_ids": [task["assets"][0]["id"]]}
    assert (await anna.call("POST", "/api/images/edits", edit, Prefer="wait=20"))[1]["state"] == "completed"
    clip = {"prompt": "Push in", "model_id": "demo/kling-3.0/video", "seconds": 3, "asset_id": task["assets"][0]["id"]}
    assert (await anna.call("POST", "/api/videos/generations", clip, Prefer="wait=30"))[1]["state"] == "completed"


@pytest.mark.parametrize("url", ["http://127.0.0.1/x.png", "https://127.0.0.1/x.png", "file:///etc/passwd"])
async def test_addresses_that_users_name_lead_only_outside(anna: Person, url: str) -> None:
    body = {"prompt": "x", "model_id": "demo/nano-banana-2", "image_urls": [url]}

    status, problem = await anna.call("POST", "/api/images/edits", body)
    assert (status, problem["code"]) == (422, "url_not_allowed")
    assert (await balance(anna))["held_mc"] == 0
