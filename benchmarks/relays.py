"""What the product is compared with, each a process of its own: a raw splice, and a pass-through of a common kind.

``splice`` copies bytes between two connections on uvloop and knows nothing of HTTP: less cannot be done in Python.
``pass-through`` is Starlette on uvicorn with an aiohttp client, forwarding the body's chunks as they come.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route


class Splice(asyncio.Protocol):
    """One side of a pair of connections."""

    def __init__(self, provider_port: int | None) -> None:
        """``provider_port``: where the other side is to be opened, on the side that was called."""
        self._provider_port = provider_port
        self._opening: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self.other: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        """Open the other side."""
        self._transport = transport
        if self._provider_port is not None:
            self._opening = asyncio.get_running_loop().create_task(self._open(self._provider_port))

    def data_received(self, data: bytes) -> None:
        """Pass on what came."""
        if self.other is None:
            self._early.append(data)
        else:
            self.other.write(data)

    def pause_writing(self) -> None:
        """Wait for a slow reader."""
        if self.other is not None:
            self.other.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        if self.other is not None:
            self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hang up on the other side too."""
        if self.other is not None:
            self.other.close()

    async def _open(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.other, behind = await loop.create_connection(lambda: Splice(None), "127.0.0.1", port)
        behind.other = self._transport
        for data in self._early:
            self.other.write(data)


async def splice(provider_port: int) -> None:
    """Serve the splice on a free port until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Splice(provider_port), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def make_pass_through(provider_port: int) -> Starlette:
    """Return the application."""
    clients: list[aiohttp.ClientSession] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            clients.append(client)
            yield

    async def chat(request: Request) -> StreamingResponse:
        body = await request.body()

        async def chunks() -> AsyncIterator[bytes]:
            url = f"http://127.0.0.1:{provider_port}{request.url.path}"
            async with clients[0].post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                async for chunk in response.content.iter_any():
                    yield chunk

        return StreamingResponse(chunks(), media_type="text/event-stream")

    return Starlette(routes=[Route("/{path:path}", chat, methods=["POST"])], lifespan=lifespan)


async def pass_through(provider_port: int) -> None:
    """Serve the pass-through on a free port until standard input closes."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    config = uvicorn.Config(
        make_pass_through(provider_port), http="httptools", access_log=False, log_config=None, backlog=4096
    )
    server = uvicorn.Server(config)
    print(listener.getsockname()[1], flush=True)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run({"splice": splice, "pass-through": pass_through}[sys.argv[1]](int(sys.argv[2])))
