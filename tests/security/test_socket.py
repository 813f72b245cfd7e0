"""The socket as attackers use it: foreign pages, dead sessions, other people's events, frames that no client sends."""

import asyncio
import base64
import os
import time

import aiohttp
import psycopg
import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.security.test_every_route import HEADERS
from tests.support.devices import APPEND_LONG, PATIENCE_S, connect, device
from tests.support.sandbox import Faults
from tests.support.server import PASSWORD, Person, RunningApp, run_app, sign_up
from tests.support.wire import Wire

SESSION_ENDS_WITHIN_S = 5.0


async def refused(person: Person, app: RunningApp, query: str = "", **headers: str) -> tuple[int, str]:
    """Return the status and code with which a handshake is refused; it must be, with all headers of an answer."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = base64.b64encode(os.urandom(16)).decode()
    named = {"Origin": app.url, **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent = {name: value for name, value in {**upgrade, "Sec-WebSocket-Key": key, **named}.items() if value}
    async with person.browser.get(f"/ws{query}", headers=sent) as response:
        assert {name.lower() for name in response.headers} >= HEADERS
        return response.status, (await response.json(content_type=None))["code"]


# --- the door ---


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Origin": ""}, (403, "bad_origin"), id="no origin"),
        pytest.param({"Origin": "https://evil.example"}, (403, "bad_origin"), id="foreign origin"),
        pytest.param({"Origin": "null"}, (403, "bad_origin"), id="null origin"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, (403, "bad_origin"), id="cross-site"),
        pytest.param({"Sec_Fetch_Site": "same-site"}, (403, "bad_origin"), id="sister domain"),
        pytest.param({"Authorization": "Bearer x"}, (400, "malformed_request"), id="a second credential"),
    ],
)
async def test_a_socket_opens_from_our_own_page_with_the_cookie_alone(
    anna: Person, app: RunningApp, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert await refused(anna, app, **headers) == expected


async def test_without_a_session_nothing_opens(app: RunningApp, anna: Person) -> None:
    nobody = Person(app.browser(), {})

    assert await refused(nobody, app) == (401, "not_signed_in")
    assert await refused(nobody, app, Cookie="latent_session=guessed") == (401, "not_signed_in")
    await nobody.browser.close()


@pytest.mark.parametrize(
    "query",
    ["?token=x", "?after=1&token=x", "?access_token=x&after=1", "?after=1&after=2", "?after=-1", "?after=",
     "?after=1e3", "?after=%D9%A1", "?after=99999999999999999999", "?after=1%00"],
)  # fmt: skip
async def test_the_query_holds_one_number_and_never_a_token(anna: Person, app: RunningApp, query: str) -> None:
    assert await refused(anna, app, query) == (422, "invalid_request")


async def test_hosts_that_are_not_ours_are_refused(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    strict = settings.model_copy(update={"sandbox_url": faults.url, "allowed_hosts": ["127.0.0.1"]})
    async with run_app(strict) as app:
        anna = await sign_up(app)
        rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert await refused(anna, app, **rebound) == (400, "host_not_allowed")
        async with device(anna, app) as phone:
            assert (await phone.next())["type"] == "hello"
        await anna.browser.close()


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/events", "/ws/", "/ws/x", "/api/none"])
async def test_there_is_one_socket_and_no_other(anna: Person, app: RunningApp, path: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await anna.browser.ws_connect(path, headers={"Origin": app.url})

    assert caught.value.status == 404


async def test_sockets_of_one_user_are_counted_and_the_rest_refused_by_name(
    anna: Person, ben: Person, app: RunningApp
) -> None:
    most = app.container.settings.sockets_per_user
    held = [await connect(anna, app) for _ in range(most)]

    answers = [await refused(anna, app) for _ in range(200)]
    assert set(answers) == {(429, "too_many_sockets")}
    async with device(ben, app) as phone:
        assert (await phone.next())["type"] == "hello"
    await held.pop().close()
    held.append(await eventually_connect(anna, app))
    for socket in held:
        await socket.close()


async def eventually_connect(person: Person, app: RunningApp) -> aiohttp.ClientWebSocketResponse:
    """Connect as soon as the server has noticed that another socket left."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                socket: aiohttp.ClientWebSocketResponse = await connect(person, app)
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.01)
            else:
                return socket


async def test_a_process_that_is_full_says_so(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    async with run_app(settings.model_copy(update={"sandbox_url": faults.url, "sockets_per_process": 1})) as app:
        anna, ben = await sign_up(app), await sign_up(app)
        async with device(anna, app):
            assert await refused(ben, app) == (503, "unavailable")
        await anna.browser.close()
        await ben.browser.close()


# --- whose events ---


async def test_events_of_others_never_arrive(anna: Person, ben: Person, app: RunningApp) -> None:
    async with device(ben, app) as phone:
        seen = (await phone.next())["seq"]
        conversation = await anna.conversation()
        await (await anna.ask("echo: secret", conversation=conversation)).all()
        await phone.socket.send_json({"type": "subscribe", "task_ids": [conversation, anna.user["id"]]})
        own = await ben.conversation()

        event = await phone.next()
        assert (event["seq"], event["data"]["id"]) == (seen + 1, own)
    async with device(ben, app, after=0) as phone:
        heard = str([await phone.next() for _ in range(seen + 2)])
    assert conversation not in heard


async def end_session(how: str, person: Person, admin: Person, postgres_url: str) -> None:
    """End the person's session in one of the ways there are."""
    match how:
        case "sign-out":
            assert (await person.call("POST", "/api/auth/sign-out"))[0] == 204
        case "revoked":
            session = (await person.get("/api/sessions"))[0]["id"]
            assert (await person.call("DELETE", f"/api/sessions/{session}"))[0] == 204
        case "new password":
            body = {"current_password": PASSWORD, "new_password": "another long sentence"}
            assert (await person.call("POST", "/api/me/password", body))[0] == 204
        case "disabled" | "demoted":
            change = {"status": "disabled"} if how == "disabled" else {"role": "user"}
            assert (await admin.call("PATCH", f"/api/admin/users/{person.user['id']}", change))[0] == 200
        case _:
            column = "expires_at" if how == "expired" else "last_seen_at"
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    f"UPDATE sessions SET {column} = now() - interval '90 days' WHERE user_id = %s".encode(),
                    [person.user["id"]],
                )


@pytest.mark.parametrize("how", ["sign-out", "revoked", "new password", "disabled", "demoted", "expired", "idle"])
async def test_a_session_that_ends_closes_its_sockets_in_time(
    anna: Person, ben: Person, app: RunningApp, postgres_url: str, how: str
) -> None:
    async with device(ben, app) as phone, device(anna, app) as bystander:
        await phone.next()
        await bystander.next()
        await end_session(how, ben, anna, postgres_url)
        ended = time.monotonic()
        assert await phone.closed() == (1008, "not_signed_in")
        assert time.monotonic() - ended < SESSION_ENDS_WITHIN_S

        conversation = await anna.conversation()
        assert (await bystander.next())["data"]["id"] == conversation


async def test_a_session_that_ends_closes_also_a_socket_that_nobody_reads(
    anna: Person, ben: Person, app: RunningApp, postgres_url: str
) -> None:
    async with Wire.open(app, ben) as wire:
        await wire.handshake()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for _ in range(30):
                connection.execute(APPEND_LONG, [ben.user["id"], "x" * 4_000, 100])
        assert (await ben.call("POST", "/api/auth/sign-out"))[0] == 204
        ended = time.monotonic()
        await all_closed(anna)

        assert time.monotonic() - ended < SESSION_ENDS_WITHIN_S
        assert len(await wire.rest()) < 12_000_000


async def all_closed(admin: Person) -> None:
    """Return once the server holds no socket any more."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with admin.browser.get("/metrics") as response:
                if "latent_sockets_open 0.0" in await response.text():
                    return
            await asyncio.sleep(0.05)


# --- frames ---


@pytest.mark.parametrize(
    "text",
    ["", "x", "null", "[]", "{}", '"ping"', '{"type": "none"}', '{"type": "ping", "more": 1}', '{"type": ["ping"]}',
     '{"type": "ping", "type": "ping"}', '{"type": "subscribe"}', '{"type": "subscribe", "task_ids": "x"}',
     '{"type": "subscribe", "task_ids": ["x"]}', '{"type": "subscribe", "task_ids": [1]}', '{"type": "ping", "n": NaN}',
     "[" * 4000, '{"type": "subscribe", "task_ids": [' + "9" * 4000 + "]}", '{"type": "\\ud800"}'],
)  # fmt: skip
async def test_what_is_no_command_closes_the_socket(anna: Person, app: RunningApp, text: str) -> None:
    async with device(anna, app) as phone:
        await phone.socket.send_str(text)

        assert await phone.closed() == (1008, "invalid_message")


async def test_bytes_are_no_command(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone:
        await phone.socket.send_bytes(b'{"type": "ping"}')

        assert await phone.closed() == (1008, "invalid_message")


async def test_a_message_over_the_limit_closes_the_socket(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone:
        await phone.socket.send_str('{"type": "ping"}' + " " * app.container.settings.socket_message_bytes_max)

        assert (await phone.closed())[0] == 1009


async def test_a_device_that_talks_without_end_is_cut_off(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone:
        await phone.next()
        for _ in range(30):
            await phone.socket.send_json({"type": "ping"})
            assert await phone.next() == {"type": "pong"}
        await phone.socket.send_json({"type": "ping"})

        assert await phone.closed() == (1008, "too_many_messages")
