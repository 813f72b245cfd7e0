"""A model provider for the benchmark, as a process of its own: tokens at a steady rate, each with its write time.

It speaks as much of OpenAI's chat API as the product asks of it. The question says what to send: ``tokens=200
rate=20``. The first token goes out at once and tells when the question arrived; its text, like every other's, begins
with the moment of writing, in microseconds of the machine's monotonic clock.
"""

import asyncio
import heapq
import re
import sys
import time
from typing import Any

import uvloop

ORDER = re.compile(rb"tokens=(\d+) rate=(\d+)")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
EVENT = (
    b'data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1750000000,"model":"bench",'
    b'"system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}]%b}'
    b"\n\n"
)
MODELS = b'{"object":"list","data":[{"id":"bench","object":"model"}]}'
FIRST_MARK, MARK = b"r%012x w%012x ", b"w%012x "


def now_us() -> int:
    """Return the machine's monotonic time, the same in every process."""
    return time.monotonic_ns() // 1000


def framed(event: bytes) -> bytes:
    """Return a chunk of the body."""
    return b"%x\r\n%b\r\n" % (len(event), event)


def token(text: bytes) -> bytes:
    """Return the chunk that carries a token."""
    return framed(EVENT % (b'{"content":"%b"}' % text, b"null", b""))


class Ticker:
    """Sends what is due, of all streams, from one timer."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Answer]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, answer: "Answer", moment: float) -> None:
        """Send the answer's next token at a moment of the loop's clock."""
        self._number += 1
        heapq.heappush(self._due, (moment, self._number, answer))
        if self._due[0][1] == self._number:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._due[0][0], self._tick)

    def _tick(self) -> None:
        self._timer = None
        moment = asyncio.get_running_loop().time()
        while self._due and self._due[0][0] <= moment:
            due, _, answer = heapq.heappop(self._due)
            if (later := answer.send_next(due)) is not None:
                self._number += 1
                heapq.heappush(self._due, (later, self._number, answer))
        if self._due:
            self._arm()


class Answer:
    """One answer that is being sent."""

    def __init__(self, transport: asyncio.Transport, tokens: int, rate: int) -> None:
        self._transport = transport
        self._left = tokens
        self._tokens = tokens
        self._pause_s = 1 / rate

    def begin(self, arrived_us: int) -> None:
        """Send the headers and the first token."""
        self._transport.write(HEAD)
        self._left -= 1
        self._transport.write(token(FIRST_MARK % (arrived_us, now_us())))

    def send_next(self, due: float) -> float | None:
        """Send a token, or the end; returns when the next one is due."""
        if self._transport.is_closing():
            return None
        if self._left:
            self._left -= 1
            self._transport.write(token(MARK % now_us()))
            return due + self._pause_s
        usage = b',"usage":{"prompt_tokens":20,"completion_tokens":%d}' % self._tokens
        end = EVENT % (b"{}", b'"stop"', b""), EVENT % (b"{}", b"null", usage), b"data: [DONE]\n\n"
        self._transport.write(b"".join(map(framed, end)) + b"0\r\n\r\n")
        return None


class ProviderProtocol(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request is here in full."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        if head.startswith(b"GET "):
            size = len(MODELS)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (size, MODELS)
            )
            return
        tokens, rate = map(int, ORDER.findall(body)[-1])
        answer = Answer(self._transport, tokens, rate)
        answer.begin(now_us())
        self._ticker.add(answer, asyncio.get_running_loop().time() + 1 / rate)


async def serve() -> None:
    """Serve on a free port, which is told on standard output, until standard input closes."""
    loop, ticker = asyncio.get_running_loop(), Ticker()
    server = await loop.create_server(lambda: ProviderProtocol(ticker), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve())
