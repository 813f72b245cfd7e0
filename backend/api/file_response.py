"""An answer that is a stored file: one range, conditions, and headers under which nothing in it can run."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from backend.api.content_disposition import make_disposition
from backend.api.errors import problem_response
from backend.core.errors import RangeNotSatisfiable
from backend.core.media_types import AssetKind, MediaFormat
from backend.services.asset_service import AssetFile

RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)
CACHE_CONTROL = "private, max-age=31536000, immutable"
CSP = "sandbox; default-src 'none'"
SEND_GRACE_S = 60.0
SEND_RATE_MIN_BYTES_PER_S = 10_000

Opener = Callable[[int, int], Awaitable[AsyncGenerator[bytes]]]


@dataclass(frozen=True, slots=True)
class Part:
    """From which byte up to before which one is sent, and with which status."""

    status: int
    start: int
    end: int


async def answer_with_file(
    request: Request, file: AssetFile, open_file: Opener, *, cache_control: str = CACHE_CONTROL
) -> Response:
    """Return the answer to a GET or HEAD: 200, 206, 304 or 416. The store is asked before the first byte goes out."""
    etag = f'"{file.sha256.hex()}"'
    headers = {"etag": etag, "cache-control": cache_control, "content-security-policy": CSP}
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range") if request.method == "GET" else None
    if request.headers.get("if-range", etag) != etag:
        wanted = None
    try:
        part = choose_part(wanted, file.size_bytes)
    except RangeNotSatisfiable as error:
        whole = {"content-range": f"bytes */{file.size_bytes}"}
        return problem_response(416, error.code, headers=whole, params=error.params)
    headers |= {
        "accept-ranges": "bytes",
        "content-length": str(part.end - part.start),
        "content-type": f"{file.format}; charset=utf-8" if file.format.startswith("text/") else file.format.value,
        "content-disposition": make_disposition(file.name, file.format, inline=_may_show(file.format)),
    }
    if part.status == 206:
        headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{file.size_bytes}"
    if request.method == "HEAD":
        return Response(status_code=part.status, headers=headers)
    pieces = await open_file(part.start, part.end)
    return FileStream(pieces, part.status, headers, max_s=send_time_s(part.end - part.start))


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the client has this very file already."""
    if if_none_match is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag in known


def choose_part(header: str | None, size_bytes: int) -> Part:
    """Return what a ``Range`` header asks for; raises RangeNotSatisfiable unless that is exactly one part we have.

    Units other than bytes are none of ours and are ignored, as the standard says.
    """
    if header is None or not header.strip().lower().startswith("bytes"):
        return Part(200, 0, size_bytes)
    found = RANGE.fullmatch(header.strip())
    first, last = found.groups() if found else ("", "")
    if first:
        start, end = int(first), min(int(last) + 1 if last else size_bytes, size_bytes)
    else:
        start, end = max(size_bytes - int(last or 0), 0), size_bytes
    if start >= end:
        raise RangeNotSatisfiable(size_bytes=size_bytes)
    return Part(206, start, end)


def send_time_s(size_bytes: int) -> float:
    """Return how long a reader may take: who reads slower than this keeps a connection for nothing."""
    return SEND_GRACE_S + size_bytes / SEND_RATE_MIN_BYTES_PER_S


def _may_show(served: MediaFormat) -> bool:
    """Tell whether a browser may show it in place: pictures, films and sounds are nothing but that."""
    return served.kind is not AssetKind.FILE


class FileStream(Response):
    """Sends the pieces until they end, the client leaves, or the time is over; then the connection is cut."""

    def __init__(self, pieces: AsyncGenerator[bytes], status: int, headers: dict[str, str], *, max_s: float) -> None:
        super().__init__(status_code=status, headers=headers)
        if "content-length" not in headers:  # of an empty body, says Response: how long it gets is not known
            del self.headers["content-length"]
        self._pieces = pieces
        self._max_s = max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; what the store says in the middle cuts the connection, since the length was promised."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        raw_send: Send = scope.get("state", {}).get("raw_send", send)
        sending = asyncio.ensure_future(self._send_all(raw_send))
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((sending, leaving), timeout=self._max_s, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
