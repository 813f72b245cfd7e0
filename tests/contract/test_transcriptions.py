"""Speech into text over real HTTP: what is sent, and what answers that cannot be true come to."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web

from backend.core.http import OutboundHttp
from backend.services.adapters.base import ErrorKind, ProviderError, Reference
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.openai_compatible.transcription_adapter import OpenAITranscriptionAdapter
from backend.services.adapters.provider_http import ProviderHttp, ProviderLimits
from tests.support.media import sound

LIMITS = ProviderLimits(
    connect_s=2, first_byte_s=2, silence_s=2, attempts=1, line_bytes=100_000, error_chars=300, pause_s=0.01
)


@asynccontextmanager
async def listening(answer: web.Response) -> AsyncIterator[tuple[OpenAITranscriptionAdapter, list[dict[str, object]]]]:
    """Run a server that answers every recording alike; yields its adapter, and what it was sent."""
    heard: list[dict[str, object]] = []

    async def hear(request: web.Request) -> web.Response:
        form = await request.post()
        part = form["file"]
        assert isinstance(part, web.FileField)
        heard.append(
            {
                "path": request.path,
                "key": request.headers.get("Authorization"),
                "model": form["model"],
                "name": part.filename.rsplit(".", 1)[-1],
                "type": part.content_type,
                "bytes": part.file.read(),
            }
        )
        return answer

    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    await web.SockSite(runner, place).start()
    host = f"127.0.0.1:{place.getsockname()[1]}"
    http = OutboundHttp([host])
    try:
        client = OpenAIClient(ProviderHttp(http, f"http://{host}/v1", "sk-secret-key", LIMITS))
        yield OpenAITranscriptionAdapter(client, "whisper-1"), heard
    finally:
        await http.close()
        await runner.cleanup()


def answer(body: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


async def test_a_recording_is_sent_as_a_file_with_its_type_and_without_a_name_of_its_own() -> None:
    async with listening(answer({"text": " 水温九十度。"})) as (adapter, heard):
        assert await adapter.transcribe(Reference.of_bytes(sound(), "audio/mpeg")) == " 水温九十度。"
    assert heard == [
        {
            "path": "/v1/audio/transcriptions",
            "key": "Bearer sk-secret-key",
            "model": "whisper-1",
            "name": "mp3",
            "type": "audio/mpeg",
            "bytes": sound(),
        }
    ]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        pytest.param(answer({"error": {"message": "no key sk-secret-key"}}, 401), ErrorKind.AUTH, id="refused"),
        pytest.param(answer({"error": {"message": "slow"}}, 429), ErrorKind.RATE_LIMITED, id="too often"),
        pytest.param(answer({}, 500), ErrorKind.UNKNOWN, id="broken"),
        pytest.param(answer({}), ErrorKind.BROKEN, id="no text"),
        pytest.param(answer({"text": 7}), ErrorKind.BROKEN, id="a number"),
        pytest.param(answer(["text"]), ErrorKind.BROKEN, id="a list"),
        pytest.param(answer({"text": "x", "error": {"message": "x"}}), ErrorKind.BROKEN, id="an error inside"),
        pytest.param(web.Response(text="<html>"), ErrorKind.BROKEN, id="a page"),
    ],
)
async def test_an_answer_without_text_is_a_failure_by_name(told: web.Response, kind: ErrorKind) -> None:
    async with listening(told) as (adapter, _heard):
        with pytest.raises(ProviderError) as failure:
            await adapter.transcribe(Reference.of_bytes(sound(), "audio/mpeg"))
    assert failure.value.kind is kind
    assert "sk-secret-key" not in str(failure.value)
