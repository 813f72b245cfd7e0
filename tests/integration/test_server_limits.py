"""The shipped server's own limits, with bytes that no client library would send."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from backend.core.config import Settings
from backend.core.redis import RedisClient
from tests.support.sandbox import Faults
from tests.support.server import RunningApp, run_app


@pytest.fixture
async def tight_app(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[RunningApp]:
    """The product with short patience, so that tests need not have long."""
    changes = {"header_timeout_s": 0.5, "body_grace_s": 0.5, "min_body_rate_bytes_per_s": 1000, "max_connections": 5}
    async with run_app(settings.model_copy(update=changes)) as running:
        yield running


class Wire:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, app: RunningApp) -> "Wire":
        host, port = app.url.removeprefix("http://").split(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def status(self) -> int:
        """Return the status that is answered; 0 when the connection is closed without one."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), 10)
        except ConnectionError:
            return 0
        return int(line.split()[1]) if line else 0

    async def close(self) -> None:
        self.writer.close()


async def answered(app: RunningApp, *pieces: bytes) -> int:
    wire = await Wire.open(app)
    try:
        for piece in pieces:
            await wire.send(piece)
    except ConnectionError:
        pass
    status = await wire.status()
    await wire.close()
    return status


GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /api/auth/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/json\r\n"


async def test_a_plain_request_is_answered(tight_app: RunningApp) -> None:
    assert await answered(tight_app, GET, b"\r\n") == 200


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([GET, b"X: " + b"a" * 70_000 + b"\r\n\r\n"], id="one long header"),
        pytest.param([GET, *[b"X: " + b"a" * 1000 + b"\r\n"] * 100], id="many headers without an end"),
        pytest.param([b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"], id="a long path"),
    ],
)
async def test_headers_over_the_limit_are_refused(tight_app: RunningApp, pieces: list[bytes]) -> None:
    assert await answered(tight_app, *pieces) in (431, 0)
    assert await answered(tight_app, GET, b"\r\n") == 200


async def test_headers_of_80_mb_do_not_grow_the_process(tight_app: RunningApp) -> None:
    wire = await Wire.open(tight_app)
    sent = 0
    try:
        await wire.send(GET)
        while sent < 80_000_000:
            await wire.send(b"X: " + b"a" * 60_000 + b"\r\n")
            sent += 60_000
    except ConnectionError:
        pass
    assert sent < 5_000_000
    await wire.close()


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([], id="silence"),
        pytest.param([b"GET /hea"], id="half a line"),
        pytest.param([POST + b"Content-Length: 5000\r\n\r\n", b'{"email"'], id="half a body"),
        pytest.param([POST + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nab"], id="half a chunk"),
    ],
)
async def test_who_does_not_finish_is_hung_up_on(tight_app: RunningApp, pieces: list[bytes]) -> None:
    started = time.monotonic()
    assert await answered(tight_app, *pieces) in (408, 0)
    assert time.monotonic() - started < 8


async def test_connections_over_the_limit_are_told_to_come_back(tight_app: RunningApp) -> None:
    wires = [await Wire.open(tight_app) for _ in range(5)]
    for wire in wires:
        await wire.send(GET)

    assert await answered(tight_app) in (503, 0)
    for wire in wires:
        await wire.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(POST + b"Content-Length: 999999999\r\n\r\n", 413, id="announced too large"),
        pytest.param(POST + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}", 415, id="packed"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", 400, id="NUL in a header"),
        pytest.param(b"GET http://inner.example/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200, id="absolute form"),
        pytest.param(b"GET /assets/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", None, id="dots"),
        pytest.param(b"GET /assets/%2e%2e/%2e%2e/pyproject.toml HTTP/1.1\r\nHost: x\r\n\r\n", 404, id="encoded dots"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01", 400, id="TLS on a plain port"),
    ],
)
async def test_odd_requests(tight_app: RunningApp, request_bytes: bytes, status: int | None) -> None:
    found = await answered(tight_app, request_bytes)

    assert found == status if status is not None else found < 500
    assert await answered(tight_app, GET, b"\r\n") == 200


async def test_a_half_sent_body_does_not_keep_the_server_from_going_down(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> None:
    async with run_app(settings) as app:
        wire = await Wire.open(app)
        await wire.send(POST + b"Content-Length: 5000\r\n\r\n" + json.dumps({"email": "x"}).encode())
        assert await answered(app, GET, b"\r\n") == 200
        started = time.monotonic()
    assert time.monotonic() - started < settings.shutdown_grace_s + 3
    await wire.close()
