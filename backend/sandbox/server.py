"""The sandbox: a separate server that speaks the providers' wire protocols, for a first look, demos and tests."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
from aiohttp import web

from backend.sandbox import chat
from backend.sandbox.faults import DEFAULT, read_faults
from backend.sandbox.state import STATE, SandboxState

BODY_BYTES_MAX = 32 * 1024 * 1024


def create_sandbox() -> web.Application:
    """Return the sandbox's application."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[STATE] = SandboxState()
    app.router.add_get("/v1/models", chat.openai_models)
    app.router.add_post("/v1/chat/completions", chat.openai_chat)
    app.router.add_get("/api/v1/chat/credit", chat.kie_credit)
    app.router.add_post("/{model}/v1/chat/completions", chat.kie_chat)
    app.router.add_post("/_sandbox/faults", set_faults)
    app.router.add_post("/_sandbox/reset", reset)
    app.router.add_get("/_sandbox/state", show_state)
    return app


async def set_faults(request: web.Request) -> web.Response:
    """Order faults for all requests from now on."""
    state = request.app[STATE]
    try:
        state.order(read_faults(await request.read(), DEFAULT))
    except (ValueError, TypeError) as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    return web.Response(status=204)


async def reset(request: web.Request) -> web.Response:
    """Behave again, and forget the counts."""
    request.app[STATE].reset()
    return web.Response(status=204)


async def show_state(request: web.Request) -> web.Response:
    """Tell what happened so far."""
    state = request.app[STATE]
    body = {"counts": dict(state.counts), "last_chat": state.last_chat}
    return web.Response(body=orjson.dumps(body), content_type="application/json")


@asynccontextmanager
async def open_sandbox(host: str = "127.0.0.1", port: int = 0, *, descriptor: int | None = None) -> AsyncIterator[str]:
    """Serve the sandbox while the context is open, on a listening socket that was handed over if there is one.

    Yields its address.
    """
    runner = web.AppRunner(create_sandbox(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        if descriptor is None:
            await web.TCPSite(runner, host, port).start()
        else:
            await web.SockSite(runner, socket.socket(fileno=descriptor)).start()
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{bound_host}:{bound_port}"
    finally:
        await runner.cleanup()


async def serve_sandbox(host: str, port: int, *, descriptor: int | None = None) -> None:
    """Serve the sandbox until the process is asked to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_sandbox(host, port, descriptor=descriptor):
        await ended.wait()
