"""Chat with one of KIE's models."""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from typing import Literal, overload

from backend.services.adapters.base import (
    DEFAULT_OPTIONS,
    ChatCompletionChunk,
    ChatMessage,
    ChatOptions,
    CostEstimate,
    MediaPart,
)
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.openai_shape import encode_messages, encode_options, media_url
from backend.services.adapters.provider_http import Json


class KieChatAdapter:
    """The chat port, for one model of KIE."""

    def __init__(
        self, client: KieClient, model: str, *, credits_per_million: tuple[float, float] | None = None
    ) -> None:
        """``credits_per_million``: KIE's credits for a million input and output tokens, where they are known."""
        self._client = client
        self._model = model
        self._credits_per_million = credits_per_million

    @overload
    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        stream: Literal[True],
        options: ChatOptions = ...,
        tools: Sequence[Mapping[str, object]] = ...,
    ) -> AsyncGenerator[ChatCompletionChunk]: ...

    @overload
    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        stream: Literal[False] = ...,
        options: ChatOptions = ...,
        tools: Sequence[Mapping[str, object]] = ...,
    ) -> Awaitable[ChatCompletionChunk]: ...

    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        stream: bool = False,
        options: ChatOptions = DEFAULT_OPTIONS,
        tools: Sequence[Mapping[str, object]] = (),
    ) -> Awaitable[ChatCompletionChunk] | AsyncGenerator[ChatCompletionChunk]:
        """Answer the messages, whole (awaited) or piece by piece (iterated)."""
        request: Json = {"messages": encode_messages(messages, _encode_media), **encode_options(options)}
        if tools:
            request["tools"] = list(tools)
        if stream:
            return self._client.chat_completions_stream(self._model, request)
        return self._client.chat_completions(self._model, request)

    def chat_simple(
        self,
        user_message: str,
        system_prompt: str | None = None,
        history: Sequence[ChatMessage] = (),
        stream: bool = False,
    ) -> Awaitable[ChatCompletionChunk] | AsyncGenerator[ChatCompletionChunk]:
        """Answer one message of text, after a system prompt and earlier messages where there are any."""
        system = [ChatMessage("system", system_prompt)] if system_prompt else []
        messages = [*system, *history, ChatMessage("user", user_message)]
        return self.chat(messages, stream=True) if stream else self.chat(messages, stream=False)

    def estimate_cost(self, input_tokens: int, output_tokens: int) -> CostEstimate:
        """Return what so many tokens may cost with KIE, in its credits."""
        if self._credits_per_million is None:
            return CostEstimate(input_tokens, output_tokens, None)
        per_input, per_output = self._credits_per_million
        price = (input_tokens * per_input + output_tokens * per_output) / 1_000_000
        return CostEstimate(input_tokens, output_tokens, price)


def _encode_media(part: MediaPart) -> Json:
    """Return a medium as KIE takes it: every kind travels as ``image_url``."""
    return {"type": "image_url", "image_url": {"url": media_url(part)}}
