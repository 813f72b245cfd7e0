"""The way out for streams, against servers that say byte by byte what is ordered."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from yarl import URL

from backend.core.http import OutboundHttp
from backend.core.stream_connection import StreamFailed, StreamFailure, StreamLimits
from tests.support.server import until

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
PATIENT = StreamLimits(connect_s=5, head_s=5, silence_s=5)


class Script:
    """A server that answers the n-th request with the n-th script: pieces, and ``None`` to hang up."""

    def __init__(self, *answers: list[bytes | None]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        self.url = URL()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                for piece in self.answers.pop(0):
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[OutboundHttp]:
        """Serve on a free port, and yield a client that may reach it."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        self.url = URL(f"{'https' if tls else 'http'}://localhost:{port}/v1/chat?x=1")
        http = OutboundHttp(["localhost"])
        try:
            yield http
        finally:
            await http.close()
            server.close()

    async def ask(self, http: OutboundHttp, limits: StreamLimits = PATIENT) -> bytes:
        """Send one request and return its whole body."""
        connection = await http.post_stream(self.url, {"X-Own": "yes"}, b"{}", limits)
        body = b""
        try:
            while piece := await connection.read():
                body += piece
        finally:
            connection.release()
        return body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param([CHUNKED, chunk(b"one "), chunk(b"two"), b"0\r\n\r\n"], b"one two", id="chunks"),
        pytest.param([CHUNKED + chunk(b"one") + b"0\r\nTrailer: x\r\n\r\n"], b"one", id="all at once, with a trailer"),
        pytest.param([HEAD + b"Content-Length: 4\r\n\r\n", b"fo", b"ur"], b"four", id="a length"),
        pytest.param([HEAD + b"\r\nto the ", b"end", None], b"to the end", id="until the end"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n", CHUNKED + chunk(b"x") + b"0\r\n\r\n"], b"x", id="interim"),
    ],
)
async def test_bodies_of_every_form_arrive(answer: list[bytes | None], body: bytes) -> None:
    script = Script(answer)
    async with script.running() as http:
        assert await script.ask(http) == body
    assert script.requests[0].startswith(b"POST /v1/chat?x=1 HTTP/1.1\r\nHost: localhost:")
    assert b"\r\nX-Own: yes\r\n" in script.requests[0]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([CHUNKED, chunk(b"half"), None], id="cut between chunks"),
        pytest.param([HEAD + b"Content-Length: 9\r\n\r\nhalf", None], id="shorter than announced"),
        pytest.param([None], id="no answer"),
        pytest.param([b"SMTP ready\r\n\r\n"], id="no HTTP"),
        pytest.param([HEAD + b"X: " + b"y" * 70_000], id="a head without end"),
        pytest.param([CHUNKED + b"zz\r\n"], id="no number of bytes"),
    ],
)
async def test_what_is_not_whole_is_broken(answer: list[bytes | None]) -> None:
    script = Script(answer)
    async with script.running() as http:
        with pytest.raises(StreamFailed) as caught:
            await script.ask(http)
    assert caught.value.failure is StreamFailure.BROKEN


async def test_a_connection_is_kept_for_the_next_request_and_no_longer_than_the_server_does() -> None:
    whole: list[bytes | None] = [CHUNKED + chunk(b"x") + b"0\r\n\r\n"]
    script = Script(whole, whole, [*whole, None], whole)
    async with script.running() as http:
        for _ in range(4):
            assert await script.ask(http) == b"x"
    assert (len(script.requests), script.connections) == (4, 2)


async def test_a_kept_connection_that_turns_out_to_be_dead_is_no_attempt() -> None:
    whole: list[bytes | None] = [CHUNKED + chunk(b"x") + b"0\r\n\r\n"]
    script = Script(whole, [None], whole)
    async with script.running() as http:
        assert await script.ask(http) == b"x"
        assert await script.ask(http) == b"x"
    assert (len(script.requests), script.connections) == (3, 2)


async def test_leaving_early_hangs_up_and_having_heard_all_does_not() -> None:
    left = Script([CHUNKED, chunk(b"x")])
    async with left.running() as http:
        connection = await http.post_stream(left.url, {}, b"{}", PATIENT)
        assert await connection.read() == b"x"
        connection.release()
        await asyncio.wait_for(left.hung_up.wait(), 5)

    heard = Script([CHUNKED, chunk(b"[DONE]"), b"0\r\n\r\n"], [CHUNKED + chunk(b"y") + b"0\r\n\r\n"])
    async with heard.running() as http:
        connection = await http.post_stream(heard.url, {}, b"{}", PATIENT)
        assert await connection.read() == b"[DONE]"
        connection.release(heard_all=True)
        await until(lambda: asyncio.sleep(0, connection.usable), "the end of the answer")
        assert await heard.ask(http) == b"y"
    assert heard.connections == 1


@pytest.mark.parametrize("answer", [pytest.param([], id="no head"), pytest.param([CHUNKED, chunk(b"x")], id="no more")])
async def test_silence_ends_by_name(answer: list[bytes | None]) -> None:
    script = Script(answer)
    async with script.running() as http:
        with pytest.raises(StreamFailed) as caught:
            await script.ask(http, StreamLimits(connect_s=5, head_s=0.2, silence_s=0.2))
    assert caught.value.failure is StreamFailure.TIMEOUT


async def test_a_server_that_outruns_its_reader_is_held_back() -> None:
    size, count = 64 * 1024, 64
    script = Script([CHUNKED, *[chunk(b"x" * size)] * count, b"0\r\n\r\n"])
    async with script.running() as http:
        connection = await http.post_stream(script.url, {}, b"{}", PATIENT)
        received, largest = 0, 0
        while piece := await connection.read():
            await asyncio.sleep(0.001)  # the reader's own work
            received, largest = received + len(piece), max(largest, len(piece))
        connection.release()
    assert received == size * count
    assert largest < 1024 * 1024


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0x7f000001"])
async def test_inner_addresses_are_refused_before_anything_is_sent(host: str) -> None:
    script = Script()
    async with script.running():
        guarded = OutboundHttp()
        with pytest.raises(StreamFailed) as caught:
            await guarded.post_stream(script.url.with_host(host.strip("[]")), {}, b"{}", PATIENT)
        await guarded.close()
    assert caught.value.failure in (StreamFailure.NOT_ALLOWED, StreamFailure.UNREACHABLE)
    assert script.connections == 0


async def test_a_header_cannot_smuggle_another() -> None:
    script = Script()
    async with script.running() as http:
        with pytest.raises(StreamFailed):
            await http.post_stream(script.url, {"Authorization": "Bearer x\r\nX-Evil: 1"}, b"{}", PATIENT)
    assert script.requests == []


async def test_tls_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, key = tmp_path / "own.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "1"]
    await asyncio.to_thread(subprocess.run, [*command, "-keyout", key, "-out", own], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own, key)

    stranger = Script()
    async with stranger.running(tls=context) as http:
        with pytest.raises(StreamFailed) as caught:
            await stranger.ask(http)
    assert caught.value.failure is StreamFailure.UNREACHABLE

    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    known = Script([CHUNKED + chunk(b"secret") + b"0\r\n\r\n"])
    async with known.running(tls=context) as http:
        assert await known.ask(http) == b"secret"
