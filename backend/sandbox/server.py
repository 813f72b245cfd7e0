"""The sandbox: a separate server that speaks the providers' wire protocols, for a first look, demos and tests."""

import asyncio
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson
from aiohttp import web

from backend.core.http import OutboundHttp
from backend.sandbox import chat, downloads, kie_jobs, kie_uploads, kie_veo, openai_audio, openai_images
from backend.sandbox.darkroom import Darkroom
from backend.sandbox.faults import DEFAULT, Faults, parse_order
from backend.sandbox.fetching import OUTBOUND
from backend.sandbox.files import FILES, FileStore
from backend.sandbox.jobs import JOBS, Jobs
from backend.sandbox.state import STATE, SandboxState

BODY_BYTES_MAX = 32 * 1024 * 1024


def create_sandbox(faults: Faults = DEFAULT) -> web.Application:
    """Return the sandbox's application; ``faults`` is how it behaves while nothing is ordered."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[STATE] = SandboxState(faults)
    app.cleanup_ctx.append(_open_media)
    _add_media(app)
    app.router.add_get("/v1/models", chat.openai_models)
    app.router.add_post("/v1/chat/completions", chat.openai_chat)
    app.router.add_get("/api/v1/chat/credit", chat.kie_credit)
    app.router.add_post("/{model}/v1/chat/completions", chat.kie_chat)
    app.router.add_post("/_sandbox/faults", set_faults)
    app.router.add_post("/_sandbox/reset", reset)
    app.router.add_get("/_sandbox/state", show_state)
    return app


def _add_media(app: web.Application) -> None:
    app.router.add_post("/v1/images/generations", openai_images.generations)
    app.router.add_post("/v1/images/edits", openai_images.edits)
    app.router.add_post("/v1/audio/transcriptions", openai_audio.transcriptions)
    app.router.add_post("/api/v1/jobs/createTask", kie_jobs.create_task)
    app.router.add_get("/api/v1/jobs/recordInfo", kie_jobs.record_info)
    app.router.add_post("/api/v1/veo/generate", kie_veo.generate)
    app.router.add_get("/api/v1/veo/record-info", kie_veo.record_info)
    app.router.add_post("/api/file-stream-upload", kie_uploads.stream_upload)
    app.router.add_post("/api/file-base64-upload", kie_uploads.base64_upload)
    app.router.add_post("/api/file-url-upload", kie_uploads.url_upload)
    app.router.add_post("/api/v1/common/download-url", kie_uploads.download_url)
    app.router.add_get("/files/{token}/{name}", downloads.download)


async def _open_media(app: web.Application) -> AsyncIterator[None]:
    """Hold what pictures and clips need: a folder, the drawing processes, a way out."""
    with tempfile.TemporaryDirectory(prefix="latent-sandbox-") as folder:
        app[FILES] = FileStore(Path(folder))
        app[OUTBOUND] = OutboundHttp()
        darkroom = Darkroom()
        app[JOBS] = Jobs(app[STATE], app[FILES], darkroom, app[OUTBOUND])
        yield
        await app[JOBS].reset()
        await darkroom.close()
        await app[OUTBOUND].close()


async def set_faults(request: web.Request) -> web.Response:
    """Order faults for all requests from now on."""
    state = request.app[STATE]
    try:
        state.order(parse_order(await request.read()))
    except (ValueError, TypeError) as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    return web.Response(status=204)


async def reset(request: web.Request) -> web.Response:
    """Behave again, and forget the counts."""
    request.app[STATE].reset()
    await request.app[JOBS].reset()
    request.app[FILES].clear()
    return web.Response(status=204)


async def show_state(request: web.Request) -> web.Response:
    """Tell what happened so far."""
    state = request.app[STATE]
    body = {
        "counts": dict(state.counts),
        "most_of_one_prompt": request.app[JOBS].most_of_one_prompt(),
        "last_chat": state.last_chat,
        "last_create": state.last_create,
        "last_image": state.last_image,
    }
    return web.Response(body=orjson.dumps(body), content_type="application/json")


@asynccontextmanager
async def open_sandbox(
    host: str = "127.0.0.1", port: int = 0, *, descriptor: int | None = None, faults: Faults = DEFAULT
) -> AsyncIterator[str]:
    """Serve the sandbox while the context is open, on a listening socket that was handed over if there is one.

    Yields its address.
    """
    runner = web.AppRunner(create_sandbox(faults), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
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
