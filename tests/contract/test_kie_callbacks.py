"""Callbacks: who may wake us, and what the sandbox sends on order."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import web

from backend.core.clock import utc_now
from backend.services.adapters.base import MediaRequest, TaskState
from backend.services.adapters.kie.callback import CallbackRefused, verify_callback
from tests.contract.conftest import AdapterOf
from tests.support.sandbox import Faults

HOOK_KEY = "hook-key"
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
SENT_AT = str(int(NOW.timestamp()))
BODY = b'{"code":200,"msg":"success","data":{"taskId":"task_1","state":"success"}}'


def sign(task_id: str, sent_at: str, key: str = HOOK_KEY) -> str:
    mac = hmac.digest(key.encode(), f"{task_id}.{sent_at}".encode(), hashlib.sha256)
    return base64.b64encode(mac).decode()


def headers(task_id: str = "task_1", sent_at: str = SENT_AT, key: str = HOOK_KEY) -> dict[str, str]:
    return {"X-Webhook-Timestamp": sent_at, "X-Webhook-Signature": sign(task_id, sent_at, key)}


@pytest.mark.parametrize(
    ("named", "body"),
    [
        pytest.param(headers(), BODY, id="as documented"),
        pytest.param({name.lower(): value for name, value in headers().items()}, BODY, id="other letter case"),
        pytest.param(headers(), b'{"data":{"task_id":"task_1"}}', id="task_id"),
        pytest.param(headers(sent_at=str(int(SENT_AT) - 300)), BODY, id="five minutes old"),
        pytest.param(headers(sent_at=str(int(SENT_AT) + 300)), BODY, id="a clock ahead"),
    ],
)
def test_a_signed_callback_gives_the_task_and_nothing_else(named: dict[str, str], body: bytes) -> None:
    assert verify_callback(named, body, HOOK_KEY, NOW) == "task_1"


@pytest.mark.parametrize(
    ("named", "body", "key"),
    [
        pytest.param({}, BODY, HOOK_KEY, id="no headers"),
        pytest.param(headers(key=""), BODY, "", id="empty key on both sides"),
        pytest.param(headers(key=""), BODY, None, id="no key"),
        pytest.param(headers(key="guess"), BODY, HOOK_KEY, id="wrong key"),
        pytest.param(headers("task_2"), BODY, HOOK_KEY, id="another task's signature"),
        pytest.param(headers(sent_at=str(int(SENT_AT) - 301)), BODY, HOOK_KEY, id="stale"),
        pytest.param(headers(sent_at=str(int(SENT_AT) + 301)), BODY, HOOK_KEY, id="from the future"),
        pytest.param(headers(sent_at=""), BODY, HOOK_KEY, id="no time"),
        pytest.param(headers(sent_at="1e9"), BODY, HOOK_KEY, id="time that is no whole number"),
        pytest.param(headers(sent_at="-1"), BODY, HOOK_KEY, id="negative time"),
        pytest.param(headers(sent_at="9" * 40), BODY, HOOK_KEY, id="endless time"),
        pytest.param({**headers(), "X-Webhook-Signature": "\udcff"}, BODY, HOOK_KEY, id="signature of no letters"),
        pytest.param({**headers(), "X-Webhook-Timestamp": SENT_AT + " "}, BODY, HOOK_KEY, id="time with a blank"),
        pytest.param(headers(""), b'{"data":{}}', HOOK_KEY, id="no task"),
        pytest.param(headers(""), b'{"data":{"taskId":""}}', HOOK_KEY, id="empty task"),
        pytest.param(headers("1"), b'{"data":{"taskId":1}}', HOOK_KEY, id="task that is no text"),
        pytest.param(headers(), b"[]", HOOK_KEY, id="no object"),
        pytest.param(headers(), b"{", HOOK_KEY, id="no JSON"),
        pytest.param(headers(), b" " * 300_000 + BODY, HOOK_KEY, id="too large"),
    ],
)
def test_any_other_callback_is_refused(named: dict[str, str], body: bytes, key: str | None) -> None:
    with pytest.raises(CallbackRefused):
        verify_callback(named, body, key, NOW)


@dataclass
class Hook:
    """A place to be called back at, and what came there."""

    url: str
    calls: asyncio.Queue[tuple[dict[str, str], bytes]]

    async def next(self) -> tuple[str | None, dict[str, Any]]:
        """Return the task that the next callback proves to be about (None: it proves nothing), and its data."""
        named, body = await asyncio.wait_for(self.calls.get(), 5)
        data: dict[str, Any] = orjson.loads(body)
        try:
            return verify_callback(named, body, HOOK_KEY, utc_now()), data
        except CallbackRefused:
            return None, data


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A server that takes callbacks."""
    calls: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        calls.put_nowait((dict(request.headers), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield Hook(f"http://{host}:{port}/hook", calls)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("order", "proven", "states"),
    [
        pytest.param({}, True, ["success"], id="once"),
        pytest.param({"callback": "twice"}, True, ["success", "success"], id="twice"),
        pytest.param({"callback": "out_of_order"}, True, ["success", "generating"], id="out of order"),
        pytest.param({"callback": "wrong_signature"}, False, ["success"], id="wrong signature"),
        pytest.param({"callback": "stale"}, False, ["success"], id="stale"),
        pytest.param({"webhook_key": ""}, False, ["success"], id="unsigned"),
        pytest.param({"fail_msg": "no"}, True, ["fail"], id="failed"),
    ],
)
async def test_the_sandbox_calls_back_as_ordered(
    adapter_of: AdapterOf,
    faults: Faults,
    hook: Hook,
    order: dict[str, Any],
    proven: bool,
    states: list[str],
) -> None:
    await faults.order(**{"webhook_key": HOOK_KEY, **order})
    submission = await adapter_of("google/nano-banana").submit(MediaRequest("a hill"), callback_url=hook.url)
    calls = [await hook.next() for _ in states]

    assert [task for task, _ in calls] == [submission.provider_task_id if proven else None] * len(states)
    assert [data["data"]["state"] for _, data in calls] == states
    assert calls[0][1]["code"] == (501 if states == ["fail"] else 200)


async def test_a_callback_can_come_before_the_answer(adapter_of: AdapterOf, faults: Faults, hook: Hook) -> None:
    await faults.order(webhook_key=HOOK_KEY, callback="early")
    submitting = asyncio.create_task(
        adapter_of("google/nano-banana").submit(MediaRequest("a hill"), callback_url=hook.url)
    )
    task, _ = await hook.next()

    assert task == (await submitting).provider_task_id


async def test_a_callback_can_stay_away(adapter_of: AdapterOf, faults: Faults, hook: Hook) -> None:
    await faults.order(callback="never")
    adapter = adapter_of("google/nano-banana")
    submission = await adapter.submit(MediaRequest("a hill"), callback_url=hook.url)

    assert (await adapter.wait(submission.provider_task_id or "")).state == TaskState.SUCCEEDED
    assert hook.calls.empty()
    assert "callbacks" not in (await faults.state())["counts"]
