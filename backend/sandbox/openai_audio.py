"""OpenAI's ears: ``/v1/audio/transcriptions``. Nothing is listened to, and the answer says so."""

import asyncio

import orjson
from aiohttp import web

from backend.sandbox.bodies import read_parts
from backend.sandbox.state import STATE

RECORDING_BYTES_MAX = 25 * 1024 * 1024
WORDS = (
    "（演示转写）收到一段 {size} KB 的录音。演示服务不会真的去听，这行字只说明它已送到。"
    " (Demo transcript: {size} KB arrived; the demo does not listen.)"
)


async def transcriptions(request: web.Request) -> web.Response:
    """``POST /v1/audio/transcriptions``: a form with a recording and the name of a model."""
    state = request.app[STATE]
    state.count("transcriptions")
    size, model = 0, ""
    async for part in read_parts(request):
        if part.name == "file":
            while chunk := await part.read_chunk(64 * 1024):
                size += len(chunk)
                if size > RECORDING_BYTES_MAX:
                    return _error(413, "too_large")
        elif part.name == "model":
            model = (await part.read()).decode(errors="replace")
    if not size or not model:
        return _error(400, "invalid_value")
    await asyncio.sleep(state.faults.chat.first_delay_s)
    if (status := state.faults.media.create_status) != 200:
        return _error(status, "ordered")
    body = {"text": WORDS.format(size=-(-size // 1024))}
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _error(status: int, code: str) -> web.Response:
    body = {"error": {"message": code, "type": "invalid_request_error", "code": code}}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
