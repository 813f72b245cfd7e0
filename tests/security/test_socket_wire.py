"""The socket's bytes: frames and handshakes that no browser sends, peers that do not read, clocks, the end."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.support.devices import PATIENCE_S, Device, connect, device, last_seq
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up
from tests.support.wire import Wire, frame


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(1, b'{"type": "ping"}', masked=False), 1002, id="unmasked"),
        pytest.param(frame(3, b""), 1002, id="reserved opcode"),
        pytest.param(frame(0x41, b""), 1002, id="reserved bit"),
        pytest.param(frame(0, b"x"), 1002, id="continues nothing"),
        pytest.param(frame(9, b"x" * 126), 1002, id="long ping"),
        pytest.param(frame(9, b"", fin=False), 1002, id="ping in parts"),
        pytest.param(frame(1, b"\xff\xfe"), 1007, id="no UTF-8"),
        pytest.param(frame(1, b"", length=2**62), 1009, id="announces 4 EB"),
        pytest.param(frame(1, b"x" * 3000, fin=False) + frame(0, b"x" * 3000), 1009, id="too long in parts"),
        pytest.param(frame(8, b"\x03"), 1002, id="half a close"),
        pytest.param(frame(8, b"\x03\xe8"), 1000, id="an orderly close"),
    ],
)
async def test_broken_frames_close_the_socket_by_name(anna: Person, app: RunningApp, sent: bytes, code: int) -> None:
    async with Wire.open(app, anna) as wire:
        await wire.handshake()
        wire.writer.write(sent)

        heard = await wire.rest()
        assert int.from_bytes(heard[2:4], "big") == code


async def test_garbage_instead_of_frames_ends_only_its_own_connection(anna: Person, app: RunningApp) -> None:
    async with device(anna, app) as phone:
        await phone.next()
        for _ in range(20):
            async with Wire.open(app, anna) as wire:
                await wire.handshake()
                wire.writer.write(os.urandom(2_000))
                wire.writer.write_eof()
                await wire.rest()
        conversation = await anna.conversation()
        assert (await phone.next())["data"]["id"] == conversation


async def test_pings_of_a_peer_that_does_not_read_do_not_pile_up(anna: Person, app: RunningApp) -> None:
    flood, sent = frame(9, b"x" * 125) * 500, 0
    async with Wire.open(app, anna) as wire:
        await wire.handshake()
        with suppress(ConnectionError):
            while sent < 200_000_000:
                wire.writer.write(flood)
                await wire.writer.drain()
                sent += len(flood)

    assert sent < 50_000_000
    assert await last_seq(anna) == 1


@pytest.fixture
async def tight_app(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[RunningApp]:
    """The product with short patience, so that tests need not have long."""
    changes: dict[str, Any] = {"header_timeout_s": 0.5, "body_grace_s": 0.5, "min_body_rate_bytes_per_s": 100_000}
    changes |= {"sandbox_url": faults.url, "socket_ping_s": 0.3, "socket_pong_s": 1.0}
    async with run_app(settings.model_copy(update=changes)) as running:
        yield running


async def test_the_clocks_of_requests_do_not_run_on_in_a_socket(tight_app: RunningApp) -> None:
    anna = await sign_up(tight_app)
    async with device(anna, tight_app) as phone:
        await phone.next()
        with pytest.raises(TimeoutError):  # longer than headers and body may take, and several pings
            await asyncio.wait_for(phone.socket.receive(), 2.5)
        conversation = await anna.conversation()
        assert (await phone.next())["data"]["id"] == conversation
    await anna.browser.close()


async def test_a_peer_that_answers_no_ping_is_dropped(tight_app: RunningApp) -> None:
    anna = await sign_up(tight_app)
    async with Wire.open(tight_app, anna) as wire:
        await wire.handshake()

        heard = await wire.rest()
        assert b"\x03\xf3keepalive ping timeout" in heard
    await anna.browser.close()


# --- handshakes that no browser sends ---


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        pytest.param({"X": "a" * 65_000}, (431, 0), id="64 KB in one header"),
        pytest.param({f"X{n}": "a" * 1000 for n in range(70)}, (431, 0), id="64 KB in many headers"),
        pytest.param({"X": "a" * 10_000}, (431,), id="10 KB in one header"),
        pytest.param({f"X{n}": "a" for n in range(200)}, (431,), id="200 headers"),
        pytest.param({"Content_Length": "5"}, (400,), id="a body announced"),
        pytest.param({"Transfer_Encoding": "chunked"}, (400,), id="a chunked body announced"),
        pytest.param({"Sec_WebSocket_Version": "12"}, (400,), id="another version"),
        pytest.param({"Sec_WebSocket_Key": "x"}, (400,), id="no key"),
        pytest.param({"X": "\x01"}, (400,), id="a control character"),
    ],
)
async def test_handshakes_out_of_bounds_are_answered_and_closed(
    anna: Person, app: RunningApp, headers: dict[str, str], statuses: tuple[int, ...]
) -> None:
    body = b"hello" if "Content_Length" in headers else b"0\r\n\r\n" if "Transfer_Encoding" in headers else b""
    async with Wire.open(app, anna) as wire:
        assert await wire.ask(wire.request(**headers) + body) in statuses
        await wire.rest()
    assert (await anna.get("/api/me"))["id"] == anna.user["id"]


async def test_other_verbs_open_nothing(anna: Person, app: RunningApp) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        async with Wire.open(app, anna) as wire:
            assert await wire.ask(wire.request(method=method)) in (400, 405), method


@pytest.mark.parametrize("target", ["/ws?\xe9", "/ws#x", "*", "/%77%73", "//ws", "/ws?after=0&x=%0d%0a"], ids=ascii)
async def test_odd_targets_are_answered(anna: Person, app: RunningApp, target: str) -> None:
    async with Wire.open(app, anna) as wire:
        assert await wire.ask(wire.request(target)) in (101, 400, 404, 422)
    assert (await anna.get("/api/me"))["id"] == anna.user["id"]


async def test_an_absolute_target_is_routed_by_its_path_and_never_connected_to(anna: Person, app: RunningApp) -> None:
    visitors = []
    inner = await asyncio.start_server(lambda _reader, writer: visitors.append(writer), "127.0.0.1", 0)
    target = f"http://127.0.0.1:{inner.sockets[0].getsockname()[1]}/ws?after=0"
    async with Wire.open(app, anna) as wire:
        assert await wire.ask(wire.request(target)) == 101
        assert b'"hello"' in await asyncio.wait_for(wire.reader.readuntil(b"}"), PATIENCE_S)
    inner.close()
    assert visitors == []


async def test_an_upgrade_in_the_middle_of_an_answer_is_refused(anna: Person, app: RunningApp, faults: Faults) -> None:
    await faults.order(silence_after=1)
    stream = await anna.ask("wait")
    answer = (await stream.next("started"))["answer"]["id"]
    async with Wire.open(app, anna) as wire:
        follow = f"GET /api/messages/{answer}/stream HTTP/1.1\r\nHost: x\r\nCookie: {wire.cookie}\r\n\r\n"
        assert await wire.ask(follow.encode()) == 200

        wire.writer.write(wire.request())
        assert b" 101 " not in await wire.rest()
    await anna.call("POST", f"/api/messages/{answer}/stop")


async def test_a_server_that_ends_says_so_and_does_not_wait(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    async with run_app(settings.model_copy(update={"sandbox_url": faults.url})) as app:
        anna = await sign_up(app)
        sockets = [await connect(anna, app) for _ in range(5)]
        phones = [Device(socket) for socket in sockets]
        for phone in phones:
            await phone.next()
        closed = asyncio.gather(*(phone.closed() for phone in phones))
        started = time.monotonic()
    assert time.monotonic() - started < settings.shutdown_grace_s
    assert {code for code, _ in await closed} == {1001}
    await anna.browser.close()
