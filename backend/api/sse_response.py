"""An answer that is a stream of events: a bare send loop, past all wrappers once the headers are out."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing

from fastapi import Response
from starlette.types import Receive, Scope, Send

from backend.core.errors import AppError
from backend.core.logging import get_logger
from backend.core.server import BODY_WRITER, BodyWriter

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
Pour = Callable[[BodyWriter], Awaitable[None]]

log = get_logger(__name__)


class EventStreamResponse(Response):
    """Sends what the iterator yields until it ends, the client leaves, its session ends, or the time is over.

    A client that leaves ends only this loop: what it followed goes on.
    """

    def __init__(
        self,
        first: bytes,
        frames: AsyncGenerator[bytes],
        *,
        session: AbstractContextManager[asyncio.Future[None]],
        max_s: float,
        pour: Pour | None = None,
    ) -> None:
        """``session``: what holds the session open behind the stream, and yields what is done when that ends.

        ``pour``: writes the same as ``frames`` yields, straight to the connection, where the server offers that.
        """
        super().__init__()
        self._session = session
        self._pour = pour
        self._first = first
        self._frames = frames
        self._max_s = max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        sending = asyncio.ensure_future(self._send_all(send, scope.get("state", {}).get(BODY_WRITER)))
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            with self._session as over:
                reasons = (sending, leaving, over)
                await asyncio.wait(reasons, timeout=self._max_s, return_when=asyncio.FIRST_COMPLETED)
            has_left = leaving.done()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if not sending.cancelled() and (error := sending.exception()):
            log.error("stream broke off", exc_info=error)
        if not has_left:
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send, writer: BodyWriter | None) -> None:
        """Send everything; pieces go straight to the connection where the server offers that."""
        try:
            if self._first:
                await send({"type": "http.response.body", "body": self._first, "more_body": True})
            if writer is not None and self._pour is not None:
                await self._pour(writer)
            else:
                await self._send_frames(send, writer)
        except AppError as error:
            log.info("stream ended early", code=error.code)

    async def _send_frames(self, send: Send, writer: BodyWriter | None) -> None:
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                if writer is None:
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
                elif not writer.write(frame):
                    await writer.ready()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
