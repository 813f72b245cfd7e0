"""Recordings into text: what is taken, what it costs, and what becomes of it when the provider does not answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.support.media import png, sound
from tests.support.sandbox import Faults
from tests.support.server import Person, run_app, sign_up

PRICE_MC = 1_000


async def transcribe(person: Person, data: bytes, **headers: str) -> tuple[int, Any]:
    named = {"Content-Type": "audio/webm", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with person.browser.post("/api/transcriptions", data=data, headers=named) as response:
        return response.status, await response.json()


async def credits_of(person: Person) -> tuple[int, int]:
    account = await person.get("/api/credits")
    return account["balance_mc"], account["held_mc"]


async def test_a_recording_becomes_text_for_a_fixed_price_and_nothing_is_kept(anna: Person, faults: Faults) -> None:
    before, _ = await credits_of(anna)
    listener = (await anna.get("/api/models"))["transcription"]
    assert (listener["name"], listener["demo"], listener["price_mc"]) == ("Demo Ear", True, PRICE_MC)

    status, answer = await transcribe(anna, sound())

    assert status == 200
    assert "演示" in answer["text"]
    assert await credits_of(anna) == (before - PRICE_MC, 0)
    assert (await anna.get("/api/assets"))["items"] == []
    assert (await faults.state())["counts"]["transcriptions"] == 1


@pytest.mark.parametrize("kind", [("webm", "libopus", "flt"), ("ogg", "libopus", "flt"), ("wav", "pcm_s16le", "s16")])
async def test_what_browsers_record_is_taken_by_its_bytes(anna: Person, kind: tuple[str, str, str]) -> None:
    assert (await transcribe(anna, sound(*kind), Content_Type="text/plain"))[0] == 200


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "media_invalid", id="nothing"),
        pytest.param(b"hello" * 100, "media_invalid", id="text"),
        pytest.param(png(), "media_invalid", id="a picture"),
        pytest.param(b"ID3" + bytes(5000), "media_invalid", id="noise"),
    ],
)
async def test_what_is_no_sound_is_refused_and_costs_nothing(
    anna: Person, faults: Faults, data: bytes, code: str
) -> None:
    before = await credits_of(anna)
    status, problem = await transcribe(anna, data)
    assert (status, problem["code"]) == (422, code)
    assert await credits_of(anna) == before
    assert (await faults.state())["counts"].get("transcriptions", 0) == 0


async def test_a_provider_that_fails_is_not_paid(anna: Person, faults: Faults) -> None:
    before = await credits_of(anna)
    for status in (400, 429, 500):
        await faults.order(create_status=status)
        answered, problem = await transcribe(anna, sound())
        assert (answered, problem["code"]) == (502, "transcription_failed")
    assert await credits_of(anna) == before


async def test_the_same_command_is_paid_once(anna: Person) -> None:
    before, _ = await credits_of(anna)
    key = {"Idempotency_Key": "recording-1"}
    assert (await transcribe(anna, sound(), **key))[0] == 200
    status, problem = await transcribe(anna, sound(), **key)
    assert (status, problem["code"]) == (409, "hold_settled")
    assert await credits_of(anna) == (before - PRICE_MC, 0)


async def test_one_recording_of_a_user_at_a_time(anna: Person, ben: Person, faults: Faults) -> None:
    await faults.order(first_delay_s=1.5)
    results = await asyncio.gather(*(transcribe(anna, sound()) for _ in range(3)), transcribe(ben, sound()))
    assert sorted(status for status, _ in results[:3]) == [200, 429, 429]
    assert {problem["code"] for status, problem in results if status == 429} == {"too_many_transcriptions"}
    assert results[3][0] == 200


@pytest.fixture
async def run_with(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """Run the product with other settings, and return somebody in it."""
    async with AsyncExitStack() as stack:

        async def run(**changes: Any) -> Person:
            changed = settings.model_copy(update={"sandbox_url": faults.url, **changes})
            person = await sign_up(await stack.enter_async_context(run_app(changed)))
            stack.push_async_callback(person.close)
            return person

        yield run


async def test_without_credits_nothing_is_asked(run_with: Callable[..., Awaitable[Person]], faults: Faults) -> None:
    person = await run_with(start_credits_mc=999)
    status, problem = await transcribe(person, sound())
    assert (status, problem["code"]) == (402, "insufficient_credits")
    assert (await faults.state())["counts"].get("transcriptions", 0) == 0


async def test_bounds_are_the_settings(run_with: Callable[..., Awaitable[Person]]) -> None:
    person = await run_with(transcription_seconds_max=1, transcription_bytes_max=100_000)
    assert (await transcribe(person, sound()))[1]["code"] == "media_too_large"
    assert (await transcribe(person, bytes(100_001)))[0] == 413
    person = await run_with(transcription_chars_max=6)
    assert (await transcribe(person, sound()))[1]["text"] == "（演示转写）"


async def test_where_nothing_listens_it_is_said_and_refused(run_with: Callable[..., Awaitable[Person]]) -> None:
    person = await run_with(sandbox=False, sandbox_url=None)
    assert (await person.get("/api/models"))["transcription"] is None
    status, problem = await transcribe(person, sound())
    assert (status, problem["code"]) == (404, "model_unavailable")


async def test_a_listener_is_no_model_to_chat_with(anna: Person) -> None:
    assert all(model["mode"] != "transcription" for model in (await anna.get("/api/models"))["models"])
    conversation = await anna.conversation()
    body = {"content": "hello", "model_id": "demo-openai/demo-ear"}
    status, problem = await anna.call("POST", f"/api/conversations/{conversation}/messages/stream", body)
    assert (status, problem["code"]) == (404, "model_unavailable")
    assert (await anna.make(model="demo-openai/demo-ear", status=404))["code"] == "model_unavailable"
