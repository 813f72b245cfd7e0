"""Chat with one model of a server of OpenAI's shape."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from typing import Literal, overload

from backend.services.adapters.base import (
    DEFAULT_OPTIONS,
    ChatCompletionChunk,
    ChatMessage,
    ChatOptions,
    CostEstimate,
)
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.openai_shape import encode_messages, encode_options, openai_media
from backend.services.adapters.provider_http import Json


class OpenAIChatAdapter:
    """The chat port, for one model."""

    def __init__(self, client: OpenAIClient, model: str) -> None:
        self._client = client
        self._model = model

    @overload
    def chat(
        self, messages: Sequence[ChatMessage], *, stream: Literal[True], options: ChatOptions = ...
    ) -> AsyncGenerator[ChatCompletionChunk]: ...

    @overload
    def chat(
        self, messages: Sequence[ChatMessage], *, stream: Literal[False] = ..., options: ChatOptions = ...
    ) -> Awaitable[ChatCompletionChunk]: ...

    def chat(
        self, messages: Sequence[ChatMessage], *, stream: bool = False, options: ChatOptions = DEFAULT_OPTIONS
    ) -> Awaitable[ChatCompletionChunk] | AsyncGenerator[ChatCompletionChunk]:
        """Answer the messages, whole (awaited) or piece by piece (iterated)."""
        request: Json = {"messages": encode_messages(messages, openai_media), **encode_options(options)}
        if stream:
            return self._client.chat_completions_stream(self._model, request)
        return self._client.chat_completions(self._model, request)

    def estimate_cost(self, input_tokens: int, output_tokens: int) -> CostEstimate:
        """Return the tokens without a price: such servers do not publish any."""
        return CostEstimate(input_tokens, output_tokens, None)
