"""What one thinks of an answer: kept with it, told to one's other devices, nobody else's business."""

from typing import Any

import pytest

from tests.support.devices import device
from tests.support.server import Person, RunningApp


async def answered(person: Person) -> dict[str, Any]:
    end = (await (await person.ask("Which tea suits a foggy morning?")).all())[-1]
    answer: dict[str, Any] = end["answer"]
    return answer


async def rate(person: Person, answer: dict[str, Any], rating: str | None, **more: Any) -> tuple[int, Any]:
    return await person.call("PUT", f"/api/messages/{answer['id']}/feedback", {"rating": rating, **more})


async def kept(person: Person, answer: dict[str, Any]) -> Any:
    page = await person.get(f"/api/conversations/{answer['conversation_id']}/messages")
    return page["items"][-1]["feedback"]


async def test_a_thumb_is_kept_changed_and_taken_back(anna: Person) -> None:
    answer = await answered(anna)
    assert answer["feedback"] is None

    status, rated = await rate(anna, answer, "down", comment="  It missed the fog ")
    assert (status, rated["feedback"]) == (200, {"rating": "down", "comment": "It missed the fog"})
    assert rated["content"] == answer["content"]
    assert await kept(anna, answer) == {"rating": "down", "comment": "It missed the fog"}
    await rate(anna, answer, "up")
    assert await kept(anna, answer) == {"rating": "up", "comment": ""}
    await rate(anna, answer, None)
    assert await kept(anna, answer) is None


async def test_each_change_is_told_once(anna: Person) -> None:
    answer = await answered(anna)
    before = (await anna.get("/api/events"))["last_seq"]

    for _ in range(2):
        assert (await rate(anna, answer, "up"))[0] == 200

    (event,) = (await anna.get(f"/api/events?after={before}"))["items"]
    assert event["type"] == "message.changed"
    assert event["data"]["feedback"] == {"rating": "up", "comment": ""}
    assert event["data"]["content_chars"] == len(answer["content"])


async def test_another_device_hears_of_it(anna: Person, app: RunningApp) -> None:
    answer = await answered(anna)
    async with device(anna, app) as phone:
        assert (await phone.next())["type"] == "hello"
        await rate(anna, answer, "down")
        told = await phone.next()
    assert (told["type"], told["data"]["feedback"]["rating"]) == ("message.changed", "down")


async def test_only_ones_own_answers_are_rated(anna: Person, ben: Person) -> None:
    answer = await answered(anna)
    question = {**answer, "id": answer["parent_id"]}

    assert (await rate(ben, answer, "up"))[1]["code"] == "not_found"
    assert (await rate(anna, question, "up"))[1]["code"] == "not_found"
    assert await kept(anna, answer) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"rating": "great"}, id="no rating that we know"),
        pytest.param({"rating": None, "comment": "x"}, id="a comment on nothing"),
        pytest.param({"rating": "up", "comment": "x" * 1001}, id="too long"),
        pytest.param({"rating": "up", "comment": "\x00"}, id="NUL"),
    ],
)
async def test_what_is_no_feedback_is_refused(anna: Person, body: dict[str, Any]) -> None:
    answer = await answered(anna)
    status, problem = await anna.call("PUT", f"/api/messages/{answer['id']}/feedback", body)
    assert (status, problem["code"]) == (422, "invalid_request")
    assert await kept(anna, answer) is None


async def test_an_answer_that_is_being_written_waits(anna: Person) -> None:
    stream = await anna.ask('Slowly\nX-Sandbox: {"first_delay_s": 5}')
    started = await stream.next("started")
    status, problem = await rate(anna, started["answer"], "up")
    assert (status, problem["code"]) == (409, "answer_running")
    assert (await anna.call("POST", f"/api/messages/{started['answer']['id']}/stop"))[0] == 200
