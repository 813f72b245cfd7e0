"""A bare connection that opens a socket, for bytes that no client library would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.devices import PATIENCE_S
from tests.support.server import Person, RunningApp


def frame(opcode: int, payload: bytes, *, fin: bool = True, masked: bool = True, length: int | None = None) -> bytes:
    """Return a frame, as wrong as it is asked for."""
    size = len(payload) if length is None else length
    flag = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([flag | size])
    elif size < 65_536:
        head += bytes([flag | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([flag | 127]) + size.to_bytes(8, "big")
    return head + (b"\0\0\0\0" if masked else b"") + payload


class Wire:
    """A bare connection with a person's cookie."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cookie: str) -> None:
        self.reader = reader
        self.writer = writer
        self.cookie = cookie

    @classmethod
    @asynccontextmanager
    async def open(cls, app: RunningApp, person: Person) -> AsyncIterator["Wire"]:
        """Connect, and hang up in the end."""
        host, port = app.url.removeprefix("http://").split(":")
        cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.browser.cookie_jar)
        wire = cls(*await asyncio.open_connection(host, int(port)), cookie)
        try:
            yield wire
        finally:
            wire.writer.close()

    def request(self, target: str = "/ws", *, method: str = "GET", **headers: str) -> bytes:
        """Return a handshake."""
        named = {
            "Host": "x", "Origin": "http://x", "Cookie": self.cookie, "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }  # fmt: skip
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        return "\r\n".join(lines).encode()

    async def ask(self, request: bytes) -> int:
        """Send a handshake; return the status of the answer, 0 when the connection is closed without one."""
        self.writer.write(request)
        try:
            await self.writer.drain()
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        except (ConnectionError, asyncio.IncompleteReadError):
            return 0
        return int(head.split()[1])

    async def handshake(self) -> None:
        """Open the socket and read ``hello``."""
        assert await self.ask(self.request()) == 101
        assert b'"hello"' in await asyncio.wait_for(self.reader.readuntil(b"}"), PATIENCE_S)

    async def rest(self) -> bytes:
        """Return everything up to the end of the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(-1), PATIENCE_S)
        except ConnectionError:
            return b""
