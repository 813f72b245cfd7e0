"""From a turn to the model: which adapter answers, what it is told, and what its chunks become."""

from collections.abc import AsyncGenerator, Callable, Sequence

from backend.core.errors import ModelUnavailable
from backend.core.pricing import QUANTITY_MAX
from backend.services.adapters.base import (
    ChatAdapter,
    ChatCompletionChunk,
    ChatMessage,
    ChatOptions,
    Role,
    Usage,
)
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.registry import ModelRegistry, ProviderClient

HistoryFunc = Callable[[], Sequence[dict[str, str]]]
CHARS_PER_TOKEN = 4
WIDE_FROM = 0x2E80  # from the CJK radicals on, a character is about a token


def prepare_ai_stream_client(
    registry: ModelRegistry, model_id: str
) -> tuple[ModelDescriptor, ProviderClient, ChatAdapter]:
    """Return the model, its provider's client and the adapter to talk with it.

    Raises ModelUnavailable for a model that is unknown, disabled or cannot chat: it looks the same from outside.
    """
    model = registry.find(model_id)
    if model is None or not model.available or model.mode != "chat":
        raise ModelUnavailable
    return model, registry.client(model), registry.adapter(model)


async def stream_ai_response(
    adapter: ChatAdapter, history_func: HistoryFunc, *, tokens_max: int
) -> AsyncGenerator[ChatCompletionChunk]:
    """Yield the model's answer, of at most ``tokens_max`` tokens; closing it aborts the request.

    ``history_func`` is asked for the history when the request is made, so that whoever waits holds no copy of it.

    Raises ProviderError.

    Characters that PostgreSQL cannot store are left out here, once, before anyone sees them.
    """
    stream = adapter.chat(to_chat_messages(history_func()), stream=True, options=ChatOptions(max_tokens=tokens_max))
    async for chunk in stream:
        if "\x00" in chunk.text or "\x00" in chunk.reasoning:
            yield ChatCompletionChunk(
                chunk.text.replace("\x00", ""), chunk.reasoning.replace("\x00", ""), chunk.finish_reason, chunk.usage
            )
        else:
            yield chunk


def to_chat_messages(history: Sequence[dict[str, str]]) -> list[ChatMessage]:
    """Return stored history in the adapters' form."""
    roles: dict[str, Role] = {"user": "user", "assistant": "assistant"}
    return [ChatMessage(roles[item["role"]], item["content"]) for item in history]


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text is: a wide character each, four narrow ones together."""
    wide = sum(character >= chr(WIDE_FROM) for character in text)
    return wide + (len(text) - wide + CHARS_PER_TOKEN - 1) // CHARS_PER_TOKEN


def settle_usage(
    reported: Usage | None, history: Sequence[dict[str, str]], content: str, reasoning: str
) -> dict[str, int | bool]:
    """Return the tokens of an answer: the provider's numbers where they can be true, else counted here.

    ``completion_tokens`` include ``reasoning_tokens``, ``prompt_tokens`` include ``cached_tokens``: a part is at most
    its whole, and is believed only where its whole is.
    """
    told = reported or Usage()
    prompt, completion = _plausible(told.prompt_tokens), _plausible(told.completion_tokens)
    cached, thoughts = _plausible(told.cached_tokens), _plausible(told.reasoning_tokens)
    estimated = prompt is None or completion is None
    if prompt is None:
        prompt, cached = sum(estimate_tokens(item["content"]) for item in history), 0
    if thoughts is None or completion is None:
        thoughts = estimate_tokens(reasoning)
    if completion is None:
        completion = estimate_tokens(content) + thoughts
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "reasoning_tokens": min(thoughts, completion),
        "cached_tokens": min(cached or 0, prompt),
        "estimated": estimated,
    }


def _plausible(number: int | None) -> int | None:
    return number if number is not None and 0 <= number <= QUANTITY_MAX else None
