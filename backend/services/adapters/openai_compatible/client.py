"""Any server that speaks OpenAI's API: OpenAI, vLLM, Ollama, LiteLLM ... The key is optional."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from backend.services.adapters.base import ChatCompletionChunk
from backend.services.adapters.openai_shape import raise_error_object, read_chunk, read_chunks
from backend.services.adapters.provider_http import Json, ProviderHttp

MODELS_MAX = 500


class OpenAIClient:
    """Requests to a server of OpenAI's shape; its base address ends in ``/v1`` as a rule."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    async def chat_completions(self, model: str, request: Json) -> ChatCompletionChunk:
        """Return a whole answer."""
        answer = await self._http.post_json("chat/completions", {**request, "model": model, "stream": False})
        self._refuse(answer)
        return read_chunk(answer, "message")

    async def chat_completions_stream(self, model: str, request: Json) -> AsyncGenerator[ChatCompletionChunk]:
        """Yield an answer piece by piece, its usage at the end; leaving the iterator aborts the request."""
        body = {**request, "model": model, "stream": True, "stream_options": {"include_usage": True}}
        events = self._http.post_stream("chat/completions", body, refusal=self._refuse)
        async with aclosing(events), aclosing(read_chunks(events, refuse=self._refuse)) as chunks:
            async for chunk in chunks:
                yield chunk

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

    def _refuse(self, answer: Mapping[str, Any]) -> None:
        raise_error_object(answer, self._http.clean)
