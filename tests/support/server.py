"""The product as tests meet it: a real server on a loopback port, the sandbox behind it, browsers in front."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from backend.bootstrap import open_media
from backend.core.config import Settings
from backend.core.server import make_server
from backend.main import create_app, drain
from backend.services.container import Container
from backend.workers.app import run_worker

PASSWORD = "a long and quiet sentence"
PATIENCE_S = 20.0
POLL_S = 0.02
BROWSER = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class RunningApp:
    """A running server, its address, and its inner parts for what cannot be seen from outside."""

    url: str
    container: Container

    def browser(self) -> aiohttp.ClientSession:
        """Return a browser without any cookie."""
        jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(limit=0)
        return aiohttp.ClientSession(self.url, cookie_jar=jar, connector=connector, headers=BROWSER)


@asynccontextmanager
async def run_app(settings: Settings, *, send_buffer: int | None = None) -> AsyncIterator[RunningApp]:
    """Serve the application on a free loopback port while the context is open.

    ``send_buffer``: how much the system takes of an answer that nobody reads; as much as it likes by default.
    """
    app = create_app(settings)
    server = make_server(app, settings, partial(drain, app))
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on: 40 ms for each answer
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # connections inherit it
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)
    host, port = listener.getsockname()
    try:
        yield RunningApp(f"http://{host}:{port}", app.state.container)
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def run_worker_here(app: RunningApp, **changes: object) -> AsyncIterator[None]:
    """Work on media tasks while the context is open; ``changes`` of the settings are the worker's alone."""
    settings, ended = app.container.settings.model_copy(update=changes), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, open_media(settings), ended))
    try:
        yield
    finally:
        ended.set()
        await working


def _no_signals() -> Any:
    """Stand in for uvicorn's signal handlers: the test runner keeps its own."""
    return nullcontext()


class Person:
    """Someone with an account, in a browser."""

    def __init__(self, browser: aiohttp.ClientSession, user: dict[str, Any]) -> None:
        self.browser = browser
        self.user = user
        self._streams: list[aiohttp.ClientResponse] = []

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Send a request; returns the status and the parsed answer (None without a body)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kwargs: dict[str, Any] = {} if body is None else {"json": body}
        async with self.browser.request(method, path, headers=named, **kwargs) as response:
            data = await response.read()
            return response.status, orjson.loads(data) if data else None

    async def close(self) -> None:
        """Close the browser, with the streams that are not read to their end."""
        for response in self._streams:
            response.close()
        await self.browser.close()

    async def get(self, path: str) -> Any:
        """Return what is at a path; it must be there."""
        status, answer = await self.call("GET", path)
        assert status == 200, answer
        return answer

    async def conversation(self) -> str:
        """Begin a conversation and return its id."""
        status, made = await self.call("POST", "/api/conversations", {})
        assert status == 201, made
        return str(made["id"])

    async def make(
        self, prompt: str = "A tea house", *, model: str = "demo/nano-banana-2", status: int = 202, **more: Any
    ) -> dict[str, Any]:
        """Begin a media task; returns the answer."""
        got, turn = await self.call("POST", "/api/tasks", {"prompt": prompt, "model_id": model, **more})
        assert got == status, turn
        answer: dict[str, Any] = turn
        return answer

    async def reaches(self, task_id: str, *states: str) -> dict[str, Any]:
        """Return a task once it is in one of these states."""
        deadline = asyncio.get_running_loop().time() + 20
        while (task := await self.get(f"/api/tasks/{task_id}"))["state"] not in states:
            assert asyncio.get_running_loop().time() < deadline, task
            await asyncio.sleep(0.05)
        found: dict[str, Any] = task
        return found

    async def finished(self, task_id: str) -> dict[str, Any]:
        """Return a task once it has ended."""
        for _ in range(4):
            status, task = await self.call("GET", f"/api/tasks/{task_id}", Prefer="wait=15")
            assert status == 200, task
            if task["finished_at"]:
                found: dict[str, Any] = task
                return found
        raise AssertionError(f"the task did not end: {task}")

    async def stream(self, path: str, body: object = None, *, method: str = "POST", **headers: str) -> "Events":
        """Open a stream of events."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kwargs: dict[str, Any] = {} if body is None else {"json": body}
        response = await self.browser.request(method, path, headers=named, **kwargs)
        assert response.status == 200, (response.status, await response.read())
        self._streams.append(response)
        return Events(response)

    async def ask(
        self, content: str, *, conversation: str | None = None, model: str = "demo/demo-swift", **more: Any
    ) -> "Events":
        """Send a message as a stream."""
        where = conversation or await self.conversation()
        body = {"content": content, "model_id": model, **more}
        return await self.stream(f"/api/conversations/{where}/messages/stream", body)


class Events:
    """A stream of events being read."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self._buffer = b""

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> tuple[int, dict[str, Any]]:
        """Return the next event and its number; what was read beyond it is kept."""
        while True:
            block, found, rest = self._buffer.partition(b"\n\n")
            if not found:
                chunk = await self.response.content.readany()
                if not chunk:
                    raise StopAsyncIteration
                self._buffer += chunk
                continue
            self._buffer = rest
            lines = dict(line.split(b": ", 1) for line in block.split(b"\n") if not line.startswith(b":"))
            if lines:
                return int(lines[b"id"]), orjson.loads(lines[b"data"])

    async def next(self, kind: str) -> dict[str, Any]:
        """Read on to the next event of a kind."""
        async for _seq, event in self:
            if event["type"] == kind:
                return event
        raise AssertionError(f"the stream ended without {kind}")

    async def all(self) -> list[dict[str, Any]]:
        """Read to the end."""
        return [event async for _seq, event in self]

    def leave(self) -> None:
        """Close the connection as a browser does that is closed."""
        self.response.close()


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Return when something has come true that sends no event; fails when it does not."""
    for _ in range(round(PATIENCE_S / POLL_S)):
        if await condition():
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"waited in vain for {what}")


async def sign_up(app: RunningApp, email: str | None = None, password: str = PASSWORD) -> Person:
    """Make an account and return its owner, signed in."""
    browser = app.browser()
    address = email or f"{uuid4().hex[:12]}@example.org"
    async with browser.post("/api/auth/sign-up", json={"email": address, "password": password}) as response:
        answer = await response.json()
        assert response.status == 201, answer
    return Person(browser, answer["user"])
