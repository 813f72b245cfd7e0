"""One connection to a server whose answers are streams of small pieces: HTTP/1.1 on httptools.

A general client spends more on each piece than everything else that is done with it. Here a piece costs its parsing
and one wake-up: nothing is armed, copied or looked up per piece. It does what streams need and no more.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import httptools

HEAD_BYTES_MAX = 64 * 1024
BUFFER_BYTES_MAX = 256 * 1024
"""Once so much is unread, the server is not listened to until its reader has caught up."""
LINGER_S = 1.0
"""How long the end of an answer may take to come, once its reader has heard the last of it."""


class StreamFailure(StrEnum):
    """Why a stream failed; of the first two the server has seen nothing."""

    NOT_ALLOWED = "not_allowed"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN = "broken"


class StreamFailed(Exception):
    """A request was not answered, or not to its end."""

    def __init__(self, failure: StreamFailure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How long connecting, the head of the answer, and each pause in its body may take."""

    connect_s: float
    head_s: float
    silence_s: float


class StreamConnection(asyncio.Protocol):
    """One connection, with one request at a time on it; the answer is read by whoever sent the request."""

    def __init__(self, limits: StreamLimits, put_back: "Callable[[StreamConnection], None]") -> None:
        """``put_back`` takes the connection when it is idle, and again when it is lost: look at ``usable``."""
        self.limits = limits
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self._loop = asyncio.get_running_loop()
        self._put_back = put_back
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._head_bytes = 0
        self._head_done = self._complete = self._paused = self._released = self._kept_alive = False
        self._failure: StreamFailed | None = None
        self._pieces: list[bytes] = []
        self._unread = 0
        self._waiter: asyncio.Future[None] | None = None
        self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # What whoever sent the request does

    async def post(self, request: bytes) -> None:
        """Send a request and return once the head of its answer is here. Raises StreamFailed."""
        self.status, self.headers = 0, {}
        self._parser = httptools.HttpResponseParser(self)
        self._head_bytes = 0
        self._head_done = self._complete = self._released = False
        self._heard_at = self._loop.time()
        self._arm(self.limits.head_s)
        assert self._transport is not None  # noqa: S101 - a connection is handed out once it is made
        self._transport.write(request)
        while not self._head_done:
            if self._failure is not None:
                raise self._failure
            await self._wait()

    async def read(self) -> bytes:
        """Return what has come of the body since the last time; nothing at its end. Raises StreamFailed."""
        while not self._pieces:
            if self._complete:
                return b""
            if self._failure is not None:
                raise self._failure
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._unread = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return body

    @property
    def usable(self) -> bool:
        """Whether another request may be sent: the last answer came to its end, and nobody hung up."""
        keeps = self._parser is None or (self._complete and self._kept_alive)
        return keeps and self._failure is None and self._transport is not None and not self._transport.is_closing()

    @property
    def unanswered(self) -> bool:
        """Whether the server hung up without a word: on a kept connection, that it did so while it was idle."""
        broken = self._failure is not None and self._failure.failure is StreamFailure.BROKEN
        return broken and self._head_bytes == 0

    def release(self, *, heard_all: bool = False) -> None:
        """Be done with the answer: hang up, unless it came to its end.

        ``heard_all``: what is missing is only how HTTP says so; that may take a moment.
        """
        self._released = True
        if self._complete or not heard_all or self._failure is not None:
            self._retire()
        else:
            self._arm(LINGER_S)

    def hang_up(self) -> None:
        """Close the connection at once."""
        self._disarm()
        if self._transport is not None:
            self._transport.abort()

    # What the transport and the parser call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport  # type: ignore[assignment] # a stream's

    def data_received(self, data: bytes) -> None:
        """Take in a part of the answer."""
        self._heard_at = self._loop.time()
        if self._parser is None or (self._released and self._complete):
            self.hang_up()  # nothing was asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(StreamFailure.BROKEN, f"the answer is no HTTP ({type(error).__name__})")
        if not self._head_done:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._fail(StreamFailure.BROKEN, "the head of the answer is too large")
        if self._waiter is not None:
            self._wake()

    def on_message_begin(self) -> None:
        """An answer begins; a second one was not asked for, so that the connection cannot be trusted any more."""
        if self._complete:
            self._fail(StreamFailure.BROKEN, "more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header."""
        if not self._complete:
            self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The head is here, unless it is an interim one."""
        if self._parser is None or self._complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers = {}
            return
        self._head_done = True
        self._kept_alive = self._parser.should_keep_alive()  # known here only: the parser forgets it with the answer
        self._arm(self.limits.silence_s)

    def on_body(self, body: bytes) -> None:
        """Keep a piece for the reader."""
        if self._complete:
            return
        self._pieces.append(body)
        self._unread += len(body)
        if self._unread > BUFFER_BYTES_MAX and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is here in full."""
        if self._head_done:
            self._complete = True
            if self._released:
                self._loop.call_soon(self._retire)  # not from inside the parser

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever is missing now will not come; a body without a length ends like this."""
        framed = b"content-length" in self.headers or b"transfer-encoding" in self.headers
        if self._head_done and not framed and exc is None:
            self._complete = True
        if not self._complete:
            self._fail(StreamFailure.BROKEN, "the connection broke")
        self._transport = None
        self._disarm()
        self._put_back(self)
        self._wake()

    # Inside

    def _retire(self) -> None:
        self._disarm()
        self._pieces.clear()
        if self.usable:
            self._put_back(self)
        else:
            self.hang_up()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: StreamFailure, reason: str) -> None:
        if self._failure is None:
            self._failure = StreamFailed(failure, reason)
        self._wake()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self._loop.call_later(seconds, self._check)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        """Look at the clock: one timer for the whole answer, set anew for the time that is left."""
        self._timer = None
        if self._released:
            self.hang_up()
            return
        patience_s = self.limits.silence_s if self._head_done else self.limits.head_s
        left_s = self._heard_at + patience_s - self._loop.time()
        if self._waiter is None:  # the reader is behind, not the server
            left_s = patience_s
        if left_s > 0:
            self._arm(left_s)
        else:
            self._fail(StreamFailure.TIMEOUT, "the stream fell silent" if self._head_done else "no answer in time")
