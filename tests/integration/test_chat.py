"""The life of a turn, through HTTP: sent, streamed, stored, stopped, answered again."""

import asyncio

import pytest

from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp


async def messages_of(person: Person, conversation: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await person.get(f"/api/conversations/{conversation}/messages"))["items"]
    return found


async def test_an_answer_streams_in_and_is_stored_as_it_was_seen(anna: Person) -> None:
    conversation = await anna.conversation()
    events = await (await anna.ask("Draw a table, please", conversation=conversation)).all()

    seen = "".join(event["text"] for event in events if event["type"] == "delta")
    question, answer = await messages_of(anna, conversation)
    assert [events[0]["type"], events[-1]["type"]] == ["started", "end"]
    assert "| Film |" in seen
    assert answer["content"] == seen
    assert answer["status"] == "complete"
    assert answer["usage"] is not None
    assert question["content"] == "Draw a table, please"
    assert answer["parent_id"] == question["id"]


async def test_thoughts_come_apart_from_the_answer(anna: Person) -> None:
    events = await (await anna.ask("Why?", model="demo/demo-thinker")).all()

    thoughts = "".join(event["text"] for event in events if event["type"] == "reasoning")
    assert thoughts.startswith("The question is short")
    assert events[-1]["answer"]["reasoning"] == thoughts
    assert thoughts not in events[-1]["answer"]["content"]


async def test_both_wire_protocols_answer(anna: Person) -> None:
    events = await (await anna.ask("echo: same words", model="demo-openai/demo-scribe")).all()

    assert events[-1]["answer"]["content"] == "same words"


async def test_the_first_message_names_the_conversation_and_a_custom_title_stays(anna: Person) -> None:
    named = await anna.conversation()
    started = await (await anna.ask("## Which tea suits a *foggy* morning?", conversation=named)).next("started")
    assert started["conversation"]["title"] == "Which tea suits a foggy morning?"

    kept = await anna.conversation()
    await anna.call("PATCH", f"/api/conversations/{kept}", {"title": "Mine"})
    started = await (await anna.ask("Another", conversation=kept)).next("started")
    assert started["conversation"]["title"] == "Mine"


async def test_a_viewer_who_leaves_changes_nothing(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(tokens_per_s=400)
    conversation = await anna.conversation()
    stream = await anna.ask("Write 120 words", conversation=conversation)
    started = await stream.next("started")
    stream.leave()

    follower = await anna.stream(f"/api/messages/{started['answer']['id']}/stream", method="GET")
    end = (await follower.all())[-1]
    assert end["type"] == "end"
    assert end["answer"]["status"] == "complete"
    assert end["answer"]["content"].count("darkroom") >= 2


async def test_following_again_after_an_event_doubles_no_character(anna: Person, faults: Faults) -> None:
    await faults.order(tokens_per_s=300)
    stream = await anna.ask("Write 100 words")
    read, seen, answer_id = 0, "", ""
    async for seq, event in stream:
        answer_id = answer_id or event["answer"]["id"]
        read, seen = seq, seen + event.get("text", "")
        if seq == 7:
            break
    stream.leave()

    tail = await anna.stream(f"/api/messages/{answer_id}/stream?after={read}", method="GET")
    events = await tail.all()
    seen += "".join(event["text"] for event in events if event["type"] == "delta")
    assert all(event["type"] != "snapshot" for event in events)
    assert seen == events[-1]["answer"]["content"]


async def test_a_late_follower_gets_a_snapshot_then_the_tail(anna: Person, faults: Faults) -> None:
    await faults.order(tokens_per_s=300)
    stream = await anna.ask("Write 100 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    await stream.next("delta")

    follower = await anna.stream(f"/api/messages/{answer_id}/stream", method="GET")
    events = await follower.all()
    assert events[0]["type"] == "snapshot"
    tail = "".join(event["text"] for event in events if event["type"] == "delta")
    assert events[0]["answer"]["content"] + tail == events[-1]["answer"]["content"]


async def test_a_finished_answer_is_told_at_once(anna: Person) -> None:
    end = (await (await anna.ask("Hello")).all())[-1]

    events = await (await anna.stream(f"/api/messages/{end['answer']['id']}/stream?after=5", method="GET")).all()
    assert [event["type"] for event in events] == ["snapshot", "end"]
    assert events[0]["answer"] == end["answer"]


async def test_stop_keeps_the_text_and_hangs_up_on_the_provider(anna: Person, faults: Faults) -> None:
    await faults.order(silence_after=12)
    stream = await anna.ask("Write 300 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    for _ in range(12):
        await stream.next("delta")

    status, stopped = await anna.call("POST", f"/api/messages/{answer_id}/stop")
    assert (status, stopped["status"]) == (200, "stopped")
    assert stopped["content"].startswith("## Part 1")
    assert (await stream.next("end"))["answer"] == stopped
    assert (await anna.call("POST", f"/api/messages/{answer_id}/stop"))[1] == stopped


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        pytest.param({"http_status": 500}, "failed", "provider_unknown", id="server error"),
        pytest.param({"code": 401}, "failed", "provider_auth", id="wrong key, told under HTTP 200"),
        pytest.param({"code": 402}, "failed", "provider_funds", id="our account is empty"),
        pytest.param({"code": 422}, "failed", "provider_bad_request", id="refused"),
        pytest.param({"code": 455}, "failed", "provider_unavailable", id="maintenance"),
        pytest.param({"answer": ""}, "failed", "provider_broken", id="empty answer"),
        pytest.param({"cut_after": 5}, "interrupted", "provider_broken", id="cut in the middle"),
        pytest.param({"error_after": 5}, "interrupted", "provider_failed", id="error in the stream"),
        pytest.param({"garbage_after": 5}, "interrupted", "provider_broken", id="no JSON"),
        pytest.param({"huge_line_after": 5}, "interrupted", "provider_broken", id="a line without end"),
        pytest.param({"finish_reason": "content_filter", "answer": ""}, "failed", "provider_moderation", id="blocked"),
    ],
)
async def test_a_provider_that_fails_ends_the_answer_by_name(
    anna: Person, faults: Faults, fault: dict[str, object], status: str, code: str
) -> None:
    await faults.order(**fault)
    conversation = await anna.conversation()
    events = await (await anna.ask("Write 100 words", conversation=conversation)).all()

    assert [event["type"] for event in events][-2:] == ["error", "end"]
    answer = (await messages_of(anna, conversation))[-1]
    assert (answer["status"], answer["error"]) == (status, {"code": code, "params": {}})
    assert bool(answer["content"]) == (status == "interrupted")


async def test_a_refusal_that_is_safe_to_repeat_is_repeated(anna: Person, faults: Faults) -> None:
    await faults.order(http_status=503, fail_times=2)
    end = (await (await anna.ask("Hello")).all())[-1]

    assert end["answer"]["status"] == "complete"
    assert (await faults.state())["counts"]["chat"] == 3


async def test_usage_that_cannot_be_true_is_counted_here(anna: Person, faults: Faults) -> None:
    await faults.order(usage={"prompt_tokens": -5, "completion_tokens": 1e300})
    usage = (await (await anna.ask("Hello")).all())[-1]["answer"]["usage"]

    assert usage["estimated"] is True
    assert usage["prompt_tokens"] > 0


async def test_regenerate_keeps_the_old_answer_beside_the_new(anna: Person) -> None:
    conversation = await anna.conversation()
    first = (await (await anna.ask("echo: one", conversation=conversation)).all())[-1]["answer"]
    path = f"/api/conversations/{conversation}/messages/{first['id']}/regenerate"
    second = (await (await anna.stream(path, {})).all())[-1]["answer"]

    question, *answers = await messages_of(anna, conversation)
    assert [answer["id"] for answer in answers] == [first["id"], second["id"]]
    assert {answer["parent_id"] for answer in answers} == {question["id"]}
    assert (await anna.get(f"/api/conversations/{conversation}"))["leaf_id"] == second["id"]


async def test_sending_from_an_old_view_is_refused_unless_a_branch_is_meant(anna: Person) -> None:
    conversation = await anna.conversation()
    leaf = (await (await anna.ask("one", conversation=conversation)).all())[-1]["answer"]["id"]
    path = f"/api/conversations/{conversation}/messages"
    body = {"content": "two", "model_id": "demo/demo-swift"}

    status, problem = await anna.call("POST", path, body)
    assert (status, problem["code"], problem["params"]) == (409, "stale_parent", {"leaf_id": leaf})
    status, turn = await anna.call("POST", path, {**body, "branch": True})
    assert (status, turn["user_message"]["parent_id"]) == (201, None)
    assert turn["answer"]["status"] == "complete"


async def test_of_many_who_follow_the_same_message_one_wins(anna: Person) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages"
    body = {"content": "me", "model_id": "demo/demo-swift"}

    answers = await asyncio.gather(*(anna.call("POST", path, body) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [201] + [409] * 7


async def test_the_model_is_told_what_was_said_on_this_branch(anna: Person, faults: Faults) -> None:
    conversation = await anna.conversation()
    first = (await (await anna.ask("echo: one", conversation=conversation)).all())[-1]["answer"]
    await (await anna.ask("echo: two", conversation=conversation, parent_id=first["id"])).all()
    told = (await faults.state())["last_chat"]["messages"]
    assert [(m["role"], m["content"]) for m in told] == [
        ("user", "echo: one"),
        ("assistant", "one"),
        ("user", "echo: two"),
    ]

    await (await anna.ask("echo: other", conversation=conversation, parent_id=first["id"], branch=True)).all()
    told = (await faults.state())["last_chat"]["messages"]
    assert [m["content"] for m in told] == ["echo: one", "one", "echo: other"]


async def test_a_repeated_command_gets_the_first_answer(anna: Person, faults: Faults) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages"
    body = {"content": "once", "model_id": "demo/demo-swift"}

    first = await anna.call("POST", path, body, Idempotency_Key="a-key-of-mine")
    again = await anna.call("POST", path, body, Idempotency_Key="a-key-of-mine")
    other = await anna.call("POST", path, {**body, "content": "twice"}, Idempotency_Key="a-key-of-mine")
    assert again == first
    assert (other[0], other[1]["code"]) == (422, "idempotency_mismatch")
    assert (await faults.state())["counts"]["chat"] == 1


async def test_running_answers_of_a_user_are_limited(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(silence_after=1)
    limit = app.container.settings.chat_limit_per_user
    streams = [await anna.ask("wait") for _ in range(limit)]
    conversation = await anna.conversation()
    body = {"content": "one more", "model_id": "demo/demo-swift"}

    status, problem = await anna.call("POST", f"/api/conversations/{conversation}/messages", body)
    assert (status, problem["code"]) == (429, "too_many_tasks")
    running = [item["running"] for item in (await anna.get("/api/conversations"))["items"]]
    assert running == [False] + [True] * limit
    await faults.order()
    for stream in streams:
        answer = (await stream.next("started"))["answer"]["id"]
        await anna.call("POST", f"/api/messages/{answer}/stop")
    assert (await anna.call("POST", f"/api/conversations/{conversation}/messages", body))[0] == 201


async def test_deleting_a_message_joins_what_stood_around_it(anna: Person) -> None:
    conversation = await anna.conversation()
    first = (await (await anna.ask("echo: one", conversation=conversation)).all())[-1]["answer"]
    second = (await (await anna.ask("echo: two", conversation=conversation, parent_id=first["id"])).all())[-1]["answer"]

    status, gone = await anna.call("DELETE", f"/api/messages/{first['id']}")
    assert (status, gone["leaf_id"]) == (200, second["id"])
    kept = await messages_of(anna, conversation)
    assert [message["content"] for message in kept] == ["echo: one", "echo: two", "two"]
    assert kept[1]["parent_id"] == kept[0]["id"]


async def test_a_message_that_is_being_written_is_not_deleted(anna: Person, faults: Faults) -> None:
    await faults.order(silence_after=1)
    stream = await anna.ask("wait")
    answer_id = (await stream.next("started"))["answer"]["id"]

    status, problem = await anna.call("DELETE", f"/api/messages/{answer_id}")
    assert (status, problem["code"]) == (409, "answer_running")
    await anna.call("POST", f"/api/messages/{answer_id}/stop")


async def test_deleting_a_conversation_stops_its_answer(anna: Person, faults: Faults) -> None:
    await faults.order(silence_after=2)
    conversation = await anna.conversation()
    stream = await anna.ask("wait", conversation=conversation)
    await stream.next("delta")

    assert (await anna.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200
    assert (await stream.next("end"))["answer"]["status"] == "interrupted"
    assert (await anna.call("GET", f"/api/conversations/{conversation}"))[0] == 404


async def test_messages_are_paged_backwards(anna: Person) -> None:
    conversation = await anna.conversation()
    parent = None
    for number in range(5):
        end = (await (await anna.ask(f"echo: {number}", conversation=conversation, parent_id=parent)).all())[-1]
        parent = end["answer"]["id"]

    newest = await anna.get(f"/api/conversations/{conversation}/messages?limit=4")
    before = await anna.get(f"/api/conversations/{conversation}/messages?limit=4&before_id={newest['items'][0]['id']}")
    assert [item["content"] for item in newest["items"]] == ["echo: 3", "3", "echo: 4", "4"]
    assert [item["content"] for item in before["items"]] == ["echo: 1", "1", "echo: 2", "2"]
    assert (newest["has_more"], newest["leaf_id"]) == (True, parent)


async def test_an_unknown_model_is_refused_before_anything_is_stored(anna: Person) -> None:
    conversation = await anna.conversation()
    body = {"content": "hello", "model_id": "demo/none"}

    status, problem = await anna.call("POST", f"/api/conversations/{conversation}/messages/stream", body)
    assert (status, problem["code"]) == (404, "model_unavailable")
    assert await messages_of(anna, conversation) == []


async def test_separators_inside_json_do_not_split_an_answer(anna: Person, faults: Faults) -> None:
    text = "a\u2028b\u0085c\u2029d\r\ne"
    await faults.order(answer=text, line_end="\r\n")

    assert (await (await anna.ask("go")).all())[-1]["answer"]["content"] == text


async def test_characters_that_cannot_be_stored_are_left_out(anna: Person, faults: Faults) -> None:
    await faults.order(answer="a\x00b")

    assert (await (await anna.ask("go")).all())[-1]["answer"]["content"] == "ab"
