"""The shipped server's WebSockets: uvicorn's protocol on the websockets library, with the limits that it lacks.

Seen of uvicorn alone: a handshake that the library cannot read leaves a connection open without an answer; pongs pile
up for a peer that asks for them and never reads; a peer that stops reading keeps its connection after the end.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from backend.core.config import Settings

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
CLOSE_S = 5.0
"""How long a peer may take to close its side, or to read what was written before."""
GOING_AWAY = 1001


class LimitedSocketProtocol(WebSocketsSansIOProtocol):
    """One socket: its handshake is timed, its end is bounded."""

    limits: ClassVar[Settings]

    _handshake: asyncio.TimerHandle | None = None
    _abort: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin the clock of the handshake."""
        super().connection_made(transport)
        self.close_timeout = CLOSE_S
        self._handshake = self.loop.call_later(self.limits.header_timeout_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for timer in (self._handshake, self._abort):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on as usual; a handshake that could not be read (it always comes whole) is answered and closed."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()) or BAD_REQUEST)
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer a ping, unless the peer does not even read what it has."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """Give up on a peer that does not answer."""
        super().keepalive_timeout()
        self._abort_later()

    async def run_asgi(self) -> None:
        """Run the application; once it is done, the connection has a bounded time to end."""
        await super().run_asgi()
        self._abort_later()

    async def send(self, message: Any) -> None:
        """Send as usual; nothing after a close, and a close does not wait for a peer that has stopped reading."""
        if self.close_sent:
            raise ClientDisconnected
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)

    def shutdown(self) -> None:
        """The server ends: say so in the way that means "come back"."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
            self.conn.send_close(GOING_AWAY)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
            self._abort_later()
        else:
            super().shutdown()

    def _give_up(self) -> None:
        if not self.handshake_complete:
            self.transport.abort()

    def _abort_later(self) -> None:
        if self._abort is None and not self.disconnected:
            self._abort = self.loop.call_later(CLOSE_S, self.transport.abort)


def make_socket_protocol(settings: Settings) -> type[LimitedSocketProtocol]:
    """Return the protocol class with the limits of these settings; uvicorn makes its instances itself."""
    return type("ConfiguredSocketProtocol", (LimitedSocketProtocol,), {"limits": settings})
