"""The way out for answers that are streams: connections are made, guarded and kept here.

POST, TLS, kept connections and time limits, and no redirects, cookies, proxies or decoding: a small part of what
aiohttp does, which serves everything else.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from yarl import URL

from backend.core.stream_connection import StreamConnection, StreamFailed, StreamFailure, StreamLimits

IDLE_S = 15.0
"""How long a connection is kept for the next request; servers close theirs later as a rule."""
IDLE_MAX = 256
"""How many connections to one server are kept."""
NAMES_S = 60.0
"""How long the addresses of a name are believed."""


@dataclass(frozen=True, slots=True)
class Server:
    """Whom a connection leads to. ``guarded``: only to an address that may be reached."""

    host: str
    port: int
    tls: bool
    guarded: bool


class StreamHttp:
    """Connections to servers, made when there is no idle one."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        """``is_allowed`` judges the address of each guarded connection before it is made."""
        self._is_allowed = is_allowed
        self._idle: dict[Server, list[StreamConnection]] = {}
        self._expiries: dict[StreamConnection, asyncio.TimerHandle] = {}
        self._names: dict[tuple[str, int], tuple[float, asyncio.Future[list[str]]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def post(
        self, url: URL, headers: dict[str, str], body: bytes, limits: StreamLimits, *, guarded: bool
    ) -> StreamConnection:
        """Send a request, once, and return the connection with the head of the answer. Raises StreamFailed.

        Its reader must ``release`` it. A kept connection that turns out to be closed is no attempt: a new one is made.
        """
        if url.host is None or url.port is None:
            raise StreamFailed(StreamFailure.NOT_ALLOWED, "this is no address")
        server = Server(url.raw_host or url.host, url.port, url.scheme == "https", guarded)
        request = encode_request(url, headers, body)
        kept = self._take_idle(server)
        if kept is not None:
            kept.limits = limits
            try:
                return await _post(kept, request)
            except StreamFailed:
                if not kept.unanswered:
                    raise
        return await _post(await self._connect(server, limits), request)

    async def close(self) -> None:
        """Close what is idle; connections in use are their readers'."""
        for connections in list(self._idle.values()):
            for connection in list(connections):
                connection.hang_up()

    async def _connect(self, server: Server, limits: StreamLimits) -> StreamConnection:
        """Try the server's addresses in the system's order; each gets its part of the time."""
        loop = asyncio.get_running_loop()
        reason = "no connection in time"
        try:
            async with asyncio.timeout(limits.connect_s):
                addresses = await self._resolve(server.host, server.port)
                allowed = [text for text in addresses if not server.guarded or self._is_allowed(text)]
                if not allowed:
                    raise StreamFailed(StreamFailure.NOT_ALLOWED, "the address is not public")
                for address in allowed:
                    try:
                        async with asyncio.timeout(limits.connect_s / len(allowed)):
                            _, connection = await loop.create_connection(
                                lambda: StreamConnection(limits, lambda idle: self._keep(server, idle)),
                                address,
                                server.port,
                                ssl=self._tls_context() if server.tls else None,
                                server_hostname=server.host if server.tls else None,
                            )
                        return connection
                    except OSError as error:  # TimeoutError and TLS errors are among them
                        reason = error.strerror or reason
        except TimeoutError:
            pass
        except socket.gaierror:
            reason = "its name leads nowhere"
        raise StreamFailed(StreamFailure.UNREACHABLE, reason)

    async def _resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; whoever asks meanwhile waits for the same answer."""
        loop = asyncio.get_running_loop()
        until, found = self._names.get((host, port), (0.0, None))
        if found is None or loop.time() > until or (found.done() and (found.cancelled() or found.exception())):
            found = asyncio.ensure_future(self._ask(host, port))
            self._names[host, port] = loop.time() + NAMES_S, found
        return await asyncio.shield(found)

    @staticmethod
    async def _ask(host: str, port: int) -> list[str]:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls

    def _take_idle(self, server: Server) -> StreamConnection | None:
        connections = self._idle.get(server, [])
        while connections:
            connection = connections.pop()
            self._expiries.pop(connection).cancel()
            if connection.usable:
                return connection
        return None

    def _keep(self, server: Server, connection: StreamConnection) -> None:
        """Keep an idle connection for a while, or forget one that was lost."""
        connections = self._idle.setdefault(server, [])
        if not connection.usable:
            if connection in self._expiries:
                self._expiries.pop(connection).cancel()
                connections.remove(connection)
        elif len(connections) < IDLE_MAX:
            connections.append(connection)
            self._expiries[connection] = asyncio.get_running_loop().call_later(IDLE_S, connection.hang_up)
        else:
            connection.hang_up()


async def _post(connection: StreamConnection, request: bytes) -> StreamConnection:
    """Return the connection once the head of the answer is here; hung up if it does not come."""
    try:
        await connection.post(request)
    except BaseException:
        connection.hang_up()
        raise
    return connection


def encode_request(url: URL, headers: dict[str, str], body: bytes) -> bytes:
    """Return a request as bytes; raises StreamFailed for what would be read as more than one header."""
    named = {"Host": url.raw_authority.rpartition("@")[2], **headers, "Content-Length": str(len(body))}
    lines = [f"POST {url.raw_path_qs} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    if any("\r" in line or "\n" in line or "\x00" in line for line in lines):
        raise StreamFailed(StreamFailure.NOT_ALLOWED, "a header holds a line break")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
