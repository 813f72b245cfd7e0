"""One prompt, one answer, outside any conversation."""

import asyncio
from dataclasses import dataclass

from backend.services.adapters.base import ChatMessage, ErrorKind, ProviderError, Usage
from backend.services.adapters.registry import ModelRegistry
from backend.services.message_ai_helpers import prepare_ai_stream_client

ATTEMPTS = 3
PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class AIResult:
    """What a model made of a prompt."""

    text: str
    usage: Usage | None


async def call_ai_api(registry: ModelRegistry, prompt: str, model: str, timeout: float) -> AIResult:  # noqa: ASYNC109 - the whole call's, retries included
    """Return a model's answer to one prompt within ``timeout`` seconds.

    Tries again only what is known to be safe to send again. Raises ProviderError and ModelUnavailable.
    """
    _descriptor, _client, adapter = prepare_ai_stream_client(registry, model)
    try:
        async with asyncio.timeout(timeout):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    answer = await adapter.chat([ChatMessage("user", prompt)], stream=False)
                except ProviderError as error:
                    if not error.retryable or attempt == ATTEMPTS:
                        raise
                    await asyncio.sleep(error.retry_after_s or PAUSE_S * 2**attempt)
                else:
                    return AIResult(answer.text, answer.usage)
    except TimeoutError:
        raise ProviderError(ErrorKind.TIMEOUT, f"no answer within {timeout:.0f} s") from None
    raise AssertionError("unreachable")
