"""The shipped HTTP server: uvicorn on httptools, with the limits that it lacks.

Seen of uvicorn alone: it takes 80 MB of headers, waits for ever for a request that never ends, or for a peer that
never reads its answer, and a half-sent body keeps it from going down. Here every connection has a bound on its headers'
bytes and time, on the rate of its body, on the time in which it takes nothing of its answer, and on its life once the
server is told to end.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from socket import socket
from typing import Any, ClassVar

import httptools
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.core.config import Settings
from backend.core.socket_protocol import BAD_REQUEST, make_socket_protocol

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 2\r\nconnection: close\r\n\r\n"
CHECK_S = 1.0
DRAIN_EXTRA_S = 1.0
"""How much longer than what runs here connections may stay, so that they are told how it ended."""
BODY_WRITER = "latent_body_writer"
"""Where a request's state has its BodyWriter; only for answers in chunks, which have no length."""


class BodyWriter:
    """Writes the body of one answer whose headers are out, piece by piece, past everything that wraps ``send``."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle

    def write(self, piece: bytes) -> bool:
        """Write a piece; False when the peer does not keep up: wait for ``ready`` before the next one."""
        cycle = self._cycle
        if not cycle.disconnected:
            cycle.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        return not cycle.flow.write_paused

    async def ready(self) -> None:
        """Return once the peer has caught up, or is gone."""
        if not self._cycle.disconnected:
            await self._cycle.flow.drain()


class LimitedProtocol(HttpToolsProtocol):
    """One connection: counts its headers, times its requests."""

    limits: ClassVar[Settings]

    _header_bytes = 0
    _body_bytes = 0
    _in_headers = False
    _in_body = False
    _since = 0.0
    _watch: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin the clock: a connection that says nothing is one that never completes its headers."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.max_connections:
            self._end(TOO_MANY)
            return
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        self._stop_stall()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer does not take what is written: from now on it has to take something now and then."""
        super().pause_writing()
        self._expect_reading(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._stop_stall()
        super().resume_writing()

    def _expect_reading(self, size: int) -> None:
        self._stop_stall()
        self._stall = self.loop.call_later(self.limits.write_stall_s, self._check_reading, size)

    def _check_reading(self, before: int) -> None:
        """Hang up on a peer that took nothing meanwhile; while writing is paused, the rest can only shrink."""
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        else:
            self._expect_reading(left)

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def data_received(self, data: bytes) -> None:
        """Refuse headers that grow over the limit before they are parsed, then go on as usual."""
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.max_header_bytes + _body_part(data):
                self._end(TOO_LARGE)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        if not self._in_headers:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """Headers are here: from now on the body has to keep its rate."""
        self._in_headers, self._in_body = False, True
        self._header_bytes = self._body_bytes = 0
        self._since = time.monotonic()
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope and self.parser.get_http_version() == "1.1":
            self.scope["state"][BODY_WRITER] = BodyWriter(self.cycle)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here in full; its answer may take as long as it needs."""
        self._in_body = False
        self._stop_clock()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to a socket, asked for by its path, however that was written.

        Not while an answer is still being sent on it: the two would mix.
        """
        self._stop_clock()
        try:
            target = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            target = None
        if target is None or target.path is None or (self.cycle is not None and not self.cycle.response_complete):
            self.transport.write(BAD_REQUEST)
            self.transport.close()
            return
        self.url = target.path + (b"?" + target.query if target.query else b"")
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server ends: a request that is not here in full will not be waited for."""
        if self._in_headers or self._in_body:
            self._stop_clock()
            self.transport.close()
            return
        super().shutdown()

    def _expect_headers(self) -> None:
        self._in_headers, self._in_body = True, False
        self._header_bytes = 0
        self._since = time.monotonic()
        self._stop_clock()
        self._watch = self.loop.call_later(CHECK_S, self._check)

    def _check(self) -> None:
        """Look at the clock once a second while a request is arriving."""
        elapsed = time.monotonic() - self._since
        late = self._in_headers and elapsed > self.limits.header_timeout_s and self._has_begun()
        owed = (elapsed - self.limits.body_grace_s) * self.limits.min_body_rate_bytes_per_s
        if late or (self._in_body and self._body_bytes < owed):
            self._end(TOO_SLOW)
            return
        self._watch = self.loop.call_later(CHECK_S, self._check)

    def _has_begun(self) -> bool:
        """Tell whether this is a first or a half-sent request; one that may come on a kept connection may wait."""
        return self._header_bytes > 0 or self.cycle is None

    def _stop_clock(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _end(self, answer: bytes) -> None:
        self._stop_clock()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(answer)
        self.transport.close()


def make_protocol(settings: Settings) -> type[LimitedProtocol]:
    """Return the protocol class with the limits of these settings; uvicorn makes its instances itself."""
    return type("ConfiguredProtocol", (LimitedProtocol,), {"limits": settings})


def _body_part(data: bytes) -> int:
    """Return how many bytes of this piece stand behind the headers' end, so that a body is not counted as headers."""
    end = data.find(b"\r\n\r\n")
    return 0 if end < 0 else len(data) - end - 4


class DrainingServer(Server):
    """A server that lets the application end what it runs beside the connections that watch it, not after them."""

    def __init__(self, config: Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Take nothing new, drain, and end."""
        draining = asyncio.ensure_future(self._drain())
        try:
            await super().shutdown(sockets)
        finally:
            await draining


def make_server(app: Any, settings: Settings, drain: Callable[[], Awaitable[None]]) -> Server:
    """Return the server for an application; it handles SIGINT and SIGTERM by draining, within a bounded time."""
    config = Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",
        http=make_protocol(settings),
        ws=make_socket_protocol(settings),
        ws_max_size=settings.socket_message_bytes_max,
        ws_ping_interval=settings.socket_ping_s,
        ws_ping_timeout=settings.socket_pong_s,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_grace_s + DRAIN_EXTRA_S)),
        backlog=2048,
    )
    return DrainingServer(config, drain)
