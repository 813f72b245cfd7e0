"""The chat format that OpenAI began and most providers speak, KIE included: bodies out, chunks in, read leniently."""

import base64
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from backend.services.adapters.base import (
    ChatCompletionChunk,
    ChatMessage,
    ChatOptions,
    ErrorKind,
    MediaKind,
    MediaPart,
    ProviderError,
    TextPart,
    Usage,
)
from backend.services.adapters.provider_http import Json, parse_object

DONE = b"[DONE]"
NOTHING: Json = {}
PartEncoder = Callable[[MediaPart], Json]


def encode_messages(messages: Sequence[ChatMessage], encode_media: PartEncoder) -> list[Json]:
    """Return messages as the wire wants them."""
    return [{"role": message.role, "content": _encode_content(message, encode_media)} for message in messages]


def _encode_content(message: ChatMessage, encode_media: PartEncoder) -> str | list[Json]:
    if isinstance(message.content, str):
        return message.content
    return [
        {"type": "text", "text": part.text} if isinstance(part, TextPart) else encode_media(part)
        for part in message.content
    ]


def encode_options(options: ChatOptions) -> Json:
    """Return the options that were set."""
    named: Json = {
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
        "reasoning_effort": options.reasoning_effort,
        "tools": list(options.tools) or None,
    }
    return {name: value for name, value in named.items() if value is not None}


def media_url(part: MediaPart) -> str:
    """Return the address of a medium: the provider's own, or its bytes as a data URL."""
    if part.url is not None:
        return part.url
    if part.content is None:
        raise ValueError("a media part has neither bytes nor an address")
    return f"data:{part.mime};base64,{base64.b64encode(part.content).decode()}"


def openai_media(part: MediaPart) -> Json:
    """Return a medium the way OpenAI's API takes it."""
    match part.kind:
        case MediaKind.AUDIO if part.content is not None:
            audio = {"data": base64.b64encode(part.content).decode(), "format": part.mime.rsplit("/", 1)[-1]}
            return {"type": "input_audio", "input_audio": audio}
        case MediaKind.FILE:
            return {"type": "file", "file": {"filename": part.name or "file", "file_data": media_url(part)}}
        case _:
            return {"type": "image_url", "image_url": {"url": media_url(part)}}


async def read_chunks(
    batches: AsyncGenerator[list[bytes]], *, refuse: Callable[[Mapping[str, Any]], None]
) -> AsyncGenerator[ChatCompletionChunk]:
    """Yield the chunks of a streamed answer; ``refuse`` raises for an object that is an error.

    The answer is whole once ``[DONE]`` came or a finish reason was given; a stream that just stops was cut. Closing
    this closes ``batches``.
    """
    finished = False
    async with aclosing(batches):
        async for events in batches:
            for event in events:
                if event == DONE:
                    return
                parsed = parse_object(event)
                refuse(parsed)
                chunk = read_chunk(parsed, "delta")
                finished = finished or chunk.finish_reason is not None
                yield chunk
    if not finished:
        raise ProviderError(ErrorKind.BROKEN, "the stream was cut")


def read_chunk(parsed: Mapping[str, Any], part: str) -> ChatCompletionChunk:
    """Return one chunk (``part`` is ``delta``) or a whole answer (``message``); unknown fields are dropped."""
    choices = parsed.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else NOTHING
    if not isinstance(choice, dict):
        choice = NOTHING
    body = choice.get(part)
    if not isinstance(body, dict):
        body = NOTHING
    text, reason, usage = body.get("content"), choice.get("finish_reason"), parsed.get("usage")
    return ChatCompletionChunk(
        text if isinstance(text, str) else "",
        _text(body.get("reasoning_content")) or _text(body.get("reasoning")),
        reason if isinstance(reason, str) else None,
        _read_usage(usage, parsed.get("credits_consumed")) if isinstance(usage, dict) else None,
    )


def raise_error_object(parsed: Mapping[str, Any], clean: Callable[[object], str]) -> None:
    """Raise what ``{"error": ...}`` in an answer or a stream says; do nothing when there is none."""
    error = parsed.get("error")
    if not error:
        return
    body = error if isinstance(error, dict) else {"message": error}
    code = str(body.get("code") or body.get("type") or "")
    kind = ErrorKind.MODERATION if is_moderation(code) else ErrorKind.FAILED
    raise ProviderError(kind, clean(f"{code} {body.get('message', '')}"))


def is_moderation(code: str) -> bool:
    """Tell whether an error code means that the content was not wanted."""
    return "content_policy" in code or "content_filter" in code or "moderation" in code


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _read_usage(usage: Mapping[str, Any], credits_consumed: object) -> Usage:
    completion, prompt = usage.get("completion_tokens_details"), usage.get("prompt_tokens_details")
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        reasoning_tokens=_count(completion.get("reasoning_tokens")) if isinstance(completion, dict) else None,
        cached_tokens=_count(prompt.get("cached_tokens")) if isinstance(prompt, dict) else None,
        provider_credits=float(credits_consumed) if isinstance(credits_consumed, int | float) else None,
    )


def _count(value: object) -> int | None:
    """Return a number of tokens, or None for what can be none: negative, fractional, a truth value."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
