"""An answer that one process writes, followed and stopped in another one: the same text, no character twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from backend.core.config import Settings
from backend.services.stream_mirror import calls_channel, mirror_key
from tests.support.sandbox import Faults
from tests.support.server import Events, Person, RunningApp, run_app, until

MODEL = "demo/demo-swift"


@pytest.fixture
async def other(app: RunningApp) -> AsyncIterator[RunningApp]:
    """A second API process's work, on the same database and Valkey."""
    async with run_app(app.container.settings) as running:
        yield running


@pytest.fixture
async def phone(anna: Person, other: RunningApp) -> AsyncIterator[Person]:
    """Anna's second device, which reaches the other process."""
    browser = other.browser()
    browser.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in anna.browser.cookie_jar})
    person = Person(browser, anna.user)
    yield person
    await person.close()


async def follow(person: Person, answer_id: str, after: int | None = None) -> Events:
    query = "" if after is None else f"?after={after}"
    return await person.stream(f"/api/messages/{answer_id}/stream{query}", method="GET")


async def shown(events: Events, text: str = "") -> tuple[str, list[dict[str, Any]]]:
    """Return what a reader has on the screen before the end tells it, and all events."""
    heard = await events.all()
    for event in heard:
        match event["type"]:
            case "snapshot":
                text = event["answer"]["content"]
            case "delta":
                text += event["text"]
    return text, heard


async def test_a_reader_elsewhere_sees_each_piece_once_as_it_comes(anna: Person, phone: Person, faults: Faults) -> None:
    await faults.order(tokens_per_s=100)
    stream = await anna.ask("Write 150 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    await stream.next("delta")

    text, heard = await shown(await follow(phone, answer_id))
    end = heard[-1]
    assert (end["type"], end["answer"]["status"]) == ("end", "complete")
    assert end["answer"] == (await stream.all())[-1]["answer"]
    assert end["answer"]["content"].startswith(text)
    assert len(text) > 0.8 * len(end["answer"]["content"])
    assert sum(event["type"] == "delta" for event in heard) > 50
    assert sum(event["type"] == "snapshot" for event in heard) <= 3


async def test_a_reader_goes_on_elsewhere_after_the_last_event_that_it_saw(
    anna: Person, phone: Person, faults: Faults
) -> None:
    await faults.order(tokens_per_s=60)
    stream = await anna.ask("Write 120 words")
    read, seen, answer_id = 0, "", ""
    async for seq, event in stream:
        answer_id = answer_id or event["answer"]["id"]
        read, seen = seq, seen + event.get("text", "")
        if seq == 90:
            break
    stream.leave()

    text, heard = await shown(await follow(phone, answer_id, read), seen)
    assert heard[-1]["answer"]["content"].startswith(text)
    assert len(text) > len(seen)


async def test_a_mirror_that_is_emptied_or_foreign_is_replaced_by_the_database(
    anna: Person, phone: Person, app: RunningApp, faults: Faults
) -> None:
    await faults.order(tokens_per_s=60)
    stream = await anna.ask("Write 200 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    follower = await follow(phone, answer_id)
    await follower.next("delta")

    redis = app.container.redis.get_client()
    await redis.flushall()
    await follower.next("delta")
    forged = {"a": 0, "e": UUID(int=7).bytes, "f": b'id: 1\ndata: {"type":"delta","text":"forged"}\n\n'}
    await redis.delete(mirror_key(UUID(answer_id)))
    await redis.xadd(mirror_key(UUID(answer_id)), forged, id="100000-0")  # type: ignore[arg-type]
    assert (await follower.next("snapshot"))["answer"]["id"] == answer_id
    text, heard = await shown(follower)
    assert "forged" not in text
    assert heard[-1]["answer"] == (await stream.all())[-1]["answer"]


async def test_an_end_that_the_mirror_lost_is_found_in_the_database(
    anna: Person, phone: Person, app: RunningApp, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    await faults.order(tokens_per_s=60)
    stream = await anna.ask("Write 30 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    monkeypatch.setattr(app.container.runs._mirror, "extend", lambda _run: None)

    end = (await (await follow(phone, answer_id)).all())[-1]
    assert (end["type"], end["answer"]) == ("end", (await stream.all())[-1]["answer"])


async def test_answers_that_nobody_follows_elsewhere_are_not_mirrored(
    anna: Person, app: RunningApp, faults: Faults
) -> None:
    await faults.order(tokens_per_s=200)
    await (await anna.ask("Write 100 words")).all()

    assert await app.container.redis.get_client().keys("latent:stream:*") == []


async def test_a_reader_elsewhere_that_leaves_is_forgotten(
    anna: Person, phone: Person, other: RunningApp, faults: Faults
) -> None:
    await faults.order(silence_after=3)
    stream = await anna.ask("wait")
    answer_id = (await stream.next("started"))["answer"]["id"]
    follower = await follow(phone, answer_id)
    await follower.next("snapshot")
    follower.leave()

    async def is_forgotten() -> bool:
        return not other.container.remote._tails._tails

    await until(is_forgotten, "the tail's end")
    await anna.call("POST", f"/api/messages/{answer_id}/stop")


async def test_a_stop_elsewhere_hangs_up_keeps_the_text_and_tells_the_end(
    anna: Person, phone: Person, faults: Faults
) -> None:
    await faults.order(silence_after=12)
    stream = await anna.ask("Write 300 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    for _ in range(12):
        await stream.next("delta")

    status, stopped = await phone.call("POST", f"/api/messages/{answer_id}/stop")
    assert (status, stopped["status"]) == (200, "stopped")
    assert stopped["content"].startswith("## Part 1")
    assert (await stream.next("end"))["answer"] == stopped
    await faults.counted("aborted")
    assert (await phone.call("POST", f"/api/messages/{answer_id}/stop"))[1] == stopped


async def test_a_stop_that_redis_lost_is_found_in_the_database(
    anna: Person, phone: Person, app: RunningApp, faults: Faults
) -> None:
    await faults.order(silence_after=2)
    stream = await anna.ask("wait")
    answer_id = (await stream.next("started"))["answer"]["id"]
    await stream.next("delta")
    redis = app.container.redis.get_client()
    channel = calls_channel(app.container.runs.owner_id)

    await redis.client_kill_filter(_type="pubsub")
    assert await redis.pubsub_numsub(channel) == [(channel.encode(), 0)]
    assert (await phone.call("POST", f"/api/messages/{answer_id}/stop"))[1]["status"] == "stopped"


async def test_a_stranger_stops_nothing(anna: Person, ben: Person, app: RunningApp, faults: Faults) -> None:
    await faults.order(silence_after=2)
    stream = await anna.ask("wait")
    answer_id = (await stream.next("started"))["answer"]["id"]

    assert (await ben.call("POST", f"/api/messages/{answer_id}/stop"))[0] == 404
    assert app.container.runs.find(UUID(answer_id)) is not None
    await anna.call("POST", f"/api/messages/{answer_id}/stop")


async def test_a_conversation_deleted_elsewhere_stops_its_answer(
    anna: Person, phone: Person, app: RunningApp, faults: Faults
) -> None:
    before = await anna.get("/api/credits")
    await faults.order(silence_after=2)
    conversation = await anna.conversation()
    stream = await anna.ask("wait", conversation=conversation)
    await stream.next("delta")

    assert (await phone.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200
    assert (await stream.next("end"))["answer"]["status"] == "interrupted"
    assert (await anna.get("/api/credits"))["held_mc"] == before["held_mc"] == 0
    await faults.counted("aborted")


async def test_a_whole_answer_that_is_asked_for_twice_is_waited_for_elsewhere(
    anna: Person, phone: Person, faults: Faults
) -> None:
    await faults.order(tokens_per_s=60)
    path = f"/api/conversations/{await anna.conversation()}/messages"
    body = {"content": "Write 30 words", "model_id": MODEL}

    first = asyncio.create_task(anna.call("POST", path, body, Idempotency_Key="a-key-of-mine"))
    await faults.counted("chat")
    again = await phone.call("POST", path, body, Idempotency_Key="a-key-of-mine")
    assert again == await first
    assert again[1]["answer"]["status"] == "complete"


async def test_the_text_of_a_process_that_died_ends_as_interrupted_for_its_reader(
    settings: Settings, anna: Person, phone: Person, app: RunningApp, faults: Faults
) -> None:
    await faults.order(silence_after=20)
    stream = await anna.ask("Write 100 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    follower = await follow(phone, answer_id)
    await follower.next("snapshot")
    runs = app.container.runs
    for task in runs._upkeep:
        task.cancel()

    _text, heard = await shown(follower)
    assert (heard[-1]["type"], heard[-1]["answer"]["status"]) == ("end", "interrupted")
    assert heard[-1]["answer"]["credits"]["charged_mc"] == 0
    await runs.stop(UUID(answer_id))
