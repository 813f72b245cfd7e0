"""Every route of the API document, as a stranger, as nobody, and with bodies that no client sends."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from io import BytesIO
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from backend.core.config import Settings
from backend.main import create_app
from tests.support.media import content, film, stored
from tests.support.server import BROWSER, Person, RunningApp

OPEN_ROUTES = {
    ("GET", "/api/instance"),
    ("POST", "/api/auth/sign-up"),
    ("POST", "/api/auth/sign-in"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/shares/{token}"),
    ("GET", "/api/shares/{token}/assets/{asset_id}"),
    ("HEAD", "/api/shares/{token}/assets/{asset_id}"),
}
"""Routes that answer without a session. A new one belongs here only if that is meant."""
OWNED = ("conversation_id", "message_id", "session_id", "transaction_id", "asset_id", "task_id", "share_id")
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = create_app(Settings()).openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


OPERATIONS = list(operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


def example_body(operation: dict[str, Any]) -> object:
    """Return a body that the route accepts; nothing for routes that take a file as it is."""
    taken = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in taken:
        return None
    name = taken["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    return {
        "SignUp": {"email": "x@example.org", "password": "12345678"},
        "SignIn": {"email": "x@example.org", "password": "12345678"},
        "ProfileChange": {"display_name": "X"},
        "PasswordChange": {"current_password": "12345678", "new_password": "12345678"},
        "UserChange": {"role": "user"},
        "ConversationCreate": {},
        "ConversationChange": {"title": "X"},
        "ConversationsDelete": {"ids": [str(uuid4())]},
        "ShareCreate": {"lifetime": "day"},
        "MessageCreate": {"content": "X", "model_id": "demo/demo-swift"},
        "FeedbackChange": {"rating": "up"},
        "Regenerate": {"model_id": "demo/demo-swift"},
        "MessagesImport": {"messages": [{"role": "user", "content": "X"}]},
        "FlagResolution": {"charge_mc": 0, "reason": "X"},
        "ShotRetry": {"shot": {"prompt": "X", "seconds": 3}},
        "ShotOrder": {"order": [1]},
        "TaskCreate": {"model_id": "demo/nano-banana-2", "prompt": "X"},
        "ImageCreate": {"model_id": "demo/nano-banana-2", "prompt": "X"},
        "ImageEdit": {"model_id": "demo/nano-banana-2", "prompt": "X"},
        "VideoCreate": {"model_id": "demo/kling-3.0/video", "prompt": "X"},
        "QuoteRequest": {"model_id": "demo/demo-swift"},
        "GrantCreate": {"amount_mc": 1, "reason": "X"},
        "AdjustmentCreate": {"amount_mc": 1, "reason": "X"},
        "PriceChange": {"model_id": "demo/demo-swift", "price": {"kind": "tokens", "input_mc": 1, "output_mc": 1}},
    }[name]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_route_is_described(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["operationId"].islower()
    if (method, path) not in OPEN_ROUTES and path != "/metrics":
        assert "401" in operation["responses"]
    for status, response in operation["responses"].items():
        if status.startswith(("4", "5")) and path not in ("/readyz",):
            assert "application/problem+json" in response["content"], status


@pytest.fixture
async def anna_and_her_things(anna: Person) -> tuple[Person, dict[str, str]]:
    conversation = await anna.conversation()
    end = (await (await anna.ask("Hello", conversation=conversation)).all())[-1]
    session = (await anna.get("/api/sessions"))[0]["id"]
    ids = {"conversation_id": conversation, "message_id": end["answer"]["id"], "session_id": session}
    ids["transaction_id"] = end["answer"]["credits"]["transaction_id"]
    ids["asset_id"] = (await stored(anna, film()))["id"]  # has all parts that an asset can have
    ids["task_id"] = (await anna.make())["task"]["id"]
    share = (await anna.call("POST", f"/api/conversations/{conversation}/shares", {"lifetime": "day"}))[1]
    ids["share_id"], ids["token"] = share["id"], share["path"].removeprefix("/s/")
    return anna, {
        **ids,
        "number": "1",
        "flagged_id": str(uuid4()),
        "user_id": anna.user["id"],
        "attempt_id": str(uuid4()),
    }


async def test_without_a_session_every_route_says_401_and_every_answer_bears_the_headers(
    anna_and_her_things: tuple[Person, dict[str, str]], app: RunningApp
) -> None:
    _anna, ids = anna_and_her_things
    async with aiohttp.ClientSession(app.url, headers=BROWSER) as nobody:
        for method, path, operation in OPERATIONS:
            body = example_body(operation)
            kwargs: dict[str, Any] = {} if body is None else {"json": body}
            async with nobody.request(method, path.format(**ids), **kwargs) as response:
                expected = (method, path) in OPEN_ROUTES or response.status == 401
                assert expected, (method, path, response.status)
                assert {name.lower() for name in response.headers} >= HEADERS, (method, path)
        for path in ("/", "/c/x", "/api/none", "/none.js", "/assets/none.js"):
            async with nobody.get(path) as response:
                assert {name.lower() for name in response.headers} >= HEADERS, path


async def test_a_strangers_session_finds_nothing_of_another(
    anna_and_her_things: tuple[Person, dict[str, str]], ben: Person
) -> None:
    anna, ids = anna_and_her_things
    for method, path, operation in OPERATIONS:
        if not any("{" + name + "}" in path for name in OWNED):
            continue
        status, problem = await ben.call(method, path.format(**ids), example_body(operation), Range="bytes=0-1")
        assert status == 404, (method, path)
        assert problem is None if method == "HEAD" else problem["code"] == "not_found", (method, path)
    messages = (await anna.get(f"/api/conversations/{ids['conversation_id']}/messages"))["items"]
    assert len(messages) == 2
    assert len(await anna.get("/api/sessions")) == 1
    for part in ("content", "thumbnail", "poster"):
        assert len(await content(anna, {"id": ids["asset_id"]}, part)) > 100


async def test_a_strangers_conversation_is_not_found_through_a_second_door(
    anna_and_her_things: tuple[Person, dict[str, str]], ben: Person
) -> None:
    _anna, ids = anna_and_her_things
    quote = {"model_id": "demo/demo-swift", "conversation_id": ids["conversation_id"]}
    assert (await ben.call("POST", "/api/quotes", quote))[0] == 404
    assert (await ben.call("GET", f"/api/limits?conversation_id={ids['conversation_id']}"))[0] == 404
    status, deleted = await ben.call("POST", "/api/conversations/delete", {"ids": [ids["conversation_id"]]})
    assert (status, deleted) == (200, {"ids": []})
    assert (await ben.get("/api/search?q=Hello"))["items"] == []


async def test_routes_of_admins_refuse_others(anna_and_her_things: tuple[Person, dict[str, str]], ben: Person) -> None:
    _anna, ids = anna_and_her_things
    for method, path, operation in OPERATIONS:
        if path.startswith(("/api/admin", "/metrics", "/api/openapi")):
            status, problem = await ben.call(method, path.format(**ids), example_body(operation))
            assert (status, problem["code"]) == (403, "forbidden"), (method, path)


async def test_unknown_fields_are_refused_everywhere(anna_and_her_things: tuple[Person, dict[str, str]]) -> None:
    anna, ids = anna_and_her_things
    smuggled = ("id", "user_id", "role", "balance_mc", "status", "created_at", "password_hash", "is_admin")
    for method, path, operation in OPERATIONS:
        body = example_body(operation)
        if not isinstance(body, dict):
            continue
        for name in smuggled:
            if name in body or (path.startswith("/api/admin") and name in ("role", "status")):
                continue
            status, problem = await anna.call(method, path.format(**ids), {**body, name: "x"})
            assert (status, problem["code"]) == (422, "invalid_request"), (method, path, name)


HOSTILE_BODIES = [
    pytest.param(b'{"title": NaN}', 400, id="NaN"),
    pytest.param(b'{"title": 1e999}', 422, id="infinity"),
    pytest.param(b'{"title": "\\ud800"}', 422, id="lone surrogate"),
    pytest.param(b'{"title": "a\\u0000b"}', 422, id="NUL"),
    pytest.param(b'{"title": "a\\nb"}', 422, id="line break in a title"),
    pytest.param(b'{"title": ' + b"9" * 5000 + b"}", 400, id="5,000 digits"),
    pytest.param(b"[" * 200_000, 400, id="nested 200,000 deep"),
    pytest.param(b'{"title": "a", "title": "b"}', 400, id="duplicate names"),
    pytest.param(b'{"title": ["a"]}', 422, id="wrong type"),
    pytest.param(b'{"title": null}', 422, id="null"),
    pytest.param(b"{}", 422, id="missing"),
    pytest.param(b'"text"', 422, id="no object"),
    pytest.param(b"\xff\xfe", 400, id="no UTF-8"),
    pytest.param(b'{"title": "' + b"x" * 2_000_000 + b'"}', 413, id="2 MB"),
]


@pytest.mark.parametrize(("body", "expected"), HOSTILE_BODIES)
async def test_hostile_bodies_are_refused_and_never_echoed(anna: Person, body: bytes, expected: int) -> None:
    conversation = await anna.conversation()
    with suppress(aiohttp.ClientError) if expected == 413 else nullcontext():
        async with anna.browser.patch(
            f"/api/conversations/{conversation}", data=BytesIO(body), headers={"Content-Type": "application/json"}
        ) as response:
            text = await response.text()
            assert response.status == expected, text
            assert "ud800" not in text
            assert '"input"' not in text
    assert (await anna.get(f"/api/conversations/{conversation}"))["title"] == ""
    assert (await anna.get("/healthz"))["status"] == "ok"


async def test_a_chunked_body_is_bounded_too(anna: Person) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b"x" * 65536
            await asyncio.sleep(0)

    headers = {"Content-Type": "application/json"}
    # Either the answer arrives, or the connection is cut while the client is still sending.
    with suppress(aiohttp.ClientConnectionError):
        async with anna.browser.post("/api/conversations", data=endless(), headers=headers) as response:
            assert response.status == 413
    assert (await anna.get("/api/conversations"))["items"] == []
    assert (await anna.get("/healthz"))["status"] == "ok"
