"""KIE's HTTP API: chat completions, whole and streamed. Judged by the body's ``code``, not by the HTTP status."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError
from backend.services.adapters.kie import models
from backend.services.adapters.openai_shape import raise_error_object, read_chunk, read_chunks
from backend.services.adapters.provider_http import RETRYABLE, Json, ProviderHttp


class KieClient:
    """Requests to KIE."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    async def chat_completions(self, model: str, request: Json) -> ChatCompletionChunk:
        """Return a whole answer; ``request`` is OpenAI's without the model, which KIE wants in the path."""
        path = models.CHAT_PATH.format(model=model)
        answer = await self._http.post_json(path, {**request, "stream": False})
        self._refuse(answer)
        return read_chunk(answer, "message")

    async def chat_completions_stream(self, model: str, request: Json) -> AsyncGenerator[ChatCompletionChunk]:
        """Yield an answer piece by piece; leaving the iterator aborts the request."""
        path = models.CHAT_PATH.format(model=model)
        events = self._http.post_stream(path, {**request, "stream": True}, refusal=self._refuse)
        async with aclosing(events), aclosing(read_chunks(events, refuse=self._refuse)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def check(self) -> str:
        """Return one line that shows that the key works; raises ProviderError."""
        answer = await self._http.get_json(models.CREDIT_PATH)
        self._refuse(answer)
        return f"{answer.get('data', '?')} credits left"

    async def list_models(self) -> list[str]:
        """Return the chat models; KIE has no list of its own, so ours."""
        return [model.model for model in models.CHAT_MODELS]

    def _refuse(self, answer: Mapping[str, Any]) -> None:
        """Raise what an envelope (``code`` other than 200) or an error object says."""
        raise_error_object(answer, self._http.clean)
        code = answer.get("code")
        if "choices" in answer or not isinstance(code, int) or code == models.CODE_OK:
            return
        words = next((answer[name] for name in models.MESSAGE_FIELDS if answer.get(name)), "")
        kind = models.KIND_OF_CODE.get(code, ErrorKind.UNKNOWN)
        raise ProviderError(kind, self._http.clean(f"code {code} {words}"), retryable=kind in RETRYABLE)
