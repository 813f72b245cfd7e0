"""Any server that speaks OpenAI's API: OpenAI, vLLM, Ollama, LiteLLM ... The key is optional."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError
from backend.services.adapters.openai_shape import DONE, is_moderation, raise_error_object, read_chunk, read_chunks
from backend.services.adapters.provider_http import (
    KIND_OF_STATUS,
    REFUSED_STATUSES,
    RETRYABLE,
    HttpAnswer,
    Json,
    ProviderHttp,
)

MODELS_MAX = 500
IMAGE_WAIT_S = 240.0
"""Pictures come with the answer, so it may take this much longer than usual."""
IMAGES_BYTES_MAX = 64 * 1024 * 1024


class OpenAIClient:
    """Requests to a server of OpenAI's shape; its base address ends in ``/v1`` as a rule."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    async def chat_completions(self, model: str, request: Json) -> ChatCompletionChunk:
        """Return a whole answer."""
        answer = await self._http.post_json("chat/completions", {**request, "model": model, "stream": False})
        self._refuse(answer)
        return read_chunk(answer, "message")

    def chat_completions_stream(self, model: str, request: Json) -> AsyncGenerator[ChatCompletionChunk]:
        """Return an answer piece by piece, its usage at the end; leaving the iterator aborts the request."""
        body = {**request, "model": model, "stream": True, "stream_options": {"include_usage": True}}
        events = self._http.post_stream("chat/completions", body, refusal=self._refuse, last=DONE)
        return read_chunks(events, refuse=self._refuse)

    async def generate_images(self, request: Json) -> Json:
        """Return pictures for a text. Raises ProviderError: unless ``certain_not_sent``, they may have been made."""
        return self._judge(await self._exchange("images/generations", request))

    async def edit_images(self, form: aiohttp.FormData) -> Json:
        """Return pictures made from pictures; the same promises."""
        return self._judge(await self._exchange("images/edits", form))

    async def transcribe(self, form: aiohttp.FormData) -> Json:
        """Return the text of a recording."""
        return self._judge(await self._exchange("audio/transcriptions", form))

    async def list_models(self) -> list[str]:
        """Return the names of the models that the server offers."""
        answer = await self._http.get_json("models")
        self._refuse(answer)
        rows = answer.get("data")
        names = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return [name for name in names if isinstance(name, str) and 0 < len(name) <= 150][:MODELS_MAX]

    async def check(self) -> str:
        """Return one line that shows that the server answers; raises ProviderError."""
        return f"{len(await self.list_models())} models"

    async def _exchange(self, path: str, body: Json | aiohttp.FormData) -> HttpAnswer:
        return await self._http.exchange("POST", path, body, wait_s=IMAGE_WAIT_S, answer_bytes_max=IMAGES_BYTES_MAX)

    def _judge(self, answer: HttpAnswer) -> Json:
        """Return the body of an answer that says yes; raises ProviderError for any other."""
        error = answer.body.get("error") if answer.body is not None else None
        if answer.status == 200 and answer.body is not None and not error:
            return answer.body
        found = error if isinstance(error, dict) else {"message": error or ""}
        code = str(found.get("code") or found.get("type") or "")
        certain = answer.status in REFUSED_STATUSES
        kind = KIND_OF_STATUS.get(answer.status, ErrorKind.UNKNOWN) if answer.status != 200 else ErrorKind.BROKEN
        if is_moderation(code):
            kind = ErrorKind.MODERATION
        raise ProviderError(
            kind,
            self._http.clean(f"HTTP {answer.status} {code} {found.get('message') or ''}"),
            retryable=certain and kind in RETRYABLE,
            certain_not_sent=certain,
            retry_after_s=answer.retry_after_s,
        )

    def _refuse(self, answer: Mapping[str, Any]) -> None:
        raise_error_object(answer, self._http.clean)
