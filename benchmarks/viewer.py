"""The browsers of the benchmark, as a process of their own: sends requests at their moments and times what comes back.

Reads one order (a line of JSON) from standard input, answers with one on standard output. Bytes are only stamped
while they arrive; everything else is worked out afterwards.
"""

import asyncio
import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from benchmarks.provider import now_us

FIRST = re.compile(rb"r([0-9a-f]{12}) w([0-9a-f]{12})")
MARK = re.compile(rb"w([0-9a-f]{12}) ")
MARK_BYTES = 16
SUMMARY = b'"type":"usage"'
"""From here on the product says once more what it has said."""
LAST_CHUNK = b"0\r\n\r\n"
REFUSAL_PIECES_MAX = 4
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What one stream gave: ``delays`` in microseconds from the provider's write to the reading here."""

    status: int
    complete: bool
    answered_us: int
    ttft_us: int | None
    to_provider_us: int | None
    delays: list[int]


class Stream(asyncio.Protocol):
    """One request and its streamed answer, read to the end."""

    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.sent_us = 0
        self._pieces: list[tuple[int, bytes]] = []
        self._tail = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the way out."""
        self._transport = transport

    def send(self, request: bytes) -> None:
        """Send the request now."""
        self.sent_us = now_us()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Stamp what came."""
        self._pieces.append((now_us(), data))
        self._tail = data if len(data) >= len(LAST_CHUNK) else self._tail + data
        if self._tail.endswith(LAST_CHUNK) or self._is_refusal():
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever is missing now will not come."""
        self._end()

    def _is_refusal(self) -> bool:
        """Tell whether this is an answer with a length, which errors are, and here in full."""
        if len(self._pieces) > REFUSAL_PIECES_MAX:
            return False
        head, _, body = b"".join(data for _, data in self._pieces).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return length is not None and len(body) >= int(length[1])

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        self._transport.close()

    def see(self, tokens: int, words: Sequence[bytes]) -> Seen:
        """Return what came; complete is what has all its tokens and these last words."""
        received = b"".join(data for _, data in self._pieces)
        status = int(received[9:12]) if received.startswith(b"HTTP/1.1 ") else 0
        delays, carried = [], b""
        for moment, data in self._pieces:
            text, last = carried + data, 0
            end = text.find(SUMMARY)
            for mark in MARK.finditer(text, 0, end if end >= 0 else len(text)):
                delays.append(moment - int(mark[1], 16))
                last = mark.end()
            if end >= 0:
                break
            carried = text[max(last, len(text) - MARK_BYTES) :]
        first = FIRST.search(received)
        return Seen(
            status=status,
            complete=len(delays) == tokens and all(word in received for word in words),
            answered_us=self._pieces[0][0] - self.sent_us if self._pieces else 0,
            ttft_us=delays[0] + int(first[1], 16) - self.sent_us if first and delays else None,
            to_provider_us=int(first[1], 16) - self.sent_us if first else None,
            delays=delays[1:],
        )


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """Send all requests and return what was seen."""
    loop = asyncio.get_running_loop()

    async def one(request: dict[str, Any], begun: float) -> Stream:
        await asyncio.sleep(begun + request["at_s"] - loop.time())
        _, stream = await loop.create_connection(Stream, "127.0.0.1", order["port"])
        stream.send(request["bytes"].encode("latin-1"))
        await stream.ended
        return stream

    begun = loop.time() + 0.2
    async with asyncio.timeout(PATIENCE_S):
        streams = await asyncio.gather(*(one(request, begun) for request in order["requests"]))
    words = [word.encode() for word in order["last_words"]]
    return summarise([stream.see(order["tokens"], words) for stream in streams])


def summarise(seen: Sequence[Seen]) -> dict[str, Any]:
    """Return counts and percentiles, times in milliseconds."""
    delays = sorted(delay for one in seen for delay in one.delays)
    firsts = sorted(one.ttft_us for one in seen if one.ttft_us is not None)
    asked = sorted(one.to_provider_us for one in seen if one.to_provider_us is not None)
    refused = [one for one in seen if one.status in (429, 503)]
    late = sorted(one.answered_us for one in refused)
    return {
        "streams": len(seen),
        "complete": sum(one.complete for one in seen),
        "refused": len(refused),
        "refused_ms": {"p50": percentile(late, 0.5), "max": percentile(late, 1.0)},
        "errors": sum(not one.complete for one in seen) - len(refused),
        "statuses": dict(Counter(str(one.status) for one in seen)),
        "tokens": len(delays) + len(firsts),
        "ttft_ms": {"p50": percentile(firsts, 0.5), "p99": percentile(firsts, 0.99)},
        "to_provider_ms": {"p50": percentile(asked, 0.5), "p99": percentile(asked, 0.99)},
        "token_ms": {"p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99)},
    }


def percentile(values: Sequence[int], share: float) -> float | None:
    """Return a percentile of sorted microseconds, in milliseconds."""
    return values[min(len(values) - 1, int(len(values) * share))] / 1000 if values else None


if __name__ == "__main__":
    gc.disable()
    result = uvloop.run(run(json.loads(sys.stdin.readline())))
    json.dump(result, sys.stdout)
