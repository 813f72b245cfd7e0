"""The ports to providers: plain data in and out, one error type. Adapters know no service, model or session."""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, overload

Role = Literal["system", "user", "assistant"]


class MediaKind(StrEnum):
    """What a media part of a message is."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A run of text inside a message."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaPart:
    """A medium inside a message: its bytes, or an address that the provider can reach itself."""

    kind: MediaKind
    mime: str
    content: bytes | None = None
    url: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the history that a model is given."""

    role: Role
    content: str | tuple[TextPart | MediaPart, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a provider reports for one answer; ``None`` where it says nothing."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    provider_credits: float | None = None


@dataclass(frozen=True, slots=True)
class ChatCompletionChunk:
    """A piece of an answer: new text, new thoughts, and at the end the reason and the usage.

    A non-streamed answer is one chunk that holds all of it.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What a caller may ask of a chat model besides the messages; unset means the model's default."""

    temperature: float | None = None
    max_tokens: int | None = None
    reasoning_effort: Literal["low", "high"] | None = None
    tools: Sequence[Mapping[str, object]] = ()


DEFAULT_OPTIONS = ChatOptions()


class ErrorKind(StrEnum):
    """Why a provider did not do what was asked; decides about retries, alarms and what users read."""

    AUTH = "provider_auth"
    FUNDS = "provider_funds"
    BAD_REQUEST = "provider_bad_request"
    NOT_FOUND = "provider_not_found"
    RATE_LIMITED = "provider_rate_limited"
    UNAVAILABLE = "provider_unavailable"
    TIMEOUT = "provider_timeout"
    UNREACHABLE = "provider_unreachable"
    BROKEN = "provider_broken"
    FAILED = "provider_failed"
    MODERATION = "provider_moderation"
    UNKNOWN = "provider_unknown"


class ProviderError(Exception):
    """A provider failed.

    ``message`` is short, has its control characters and any key removed, and may be shown to operators.
    ``retryable``: the same request may be sent again. ``certain_not_sent``: the provider surely did nothing.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str = "",
        *,
        retryable: bool = False,
        certain_not_sent: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {message}" if message else str(kind))
        self.kind = kind
        self.message = message
        self.retryable = retryable
        self.certain_not_sent = certain_not_sent
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What an answer may cost with the provider, in its own credits; ``None`` where no price is known."""

    input_tokens: int
    output_tokens: int
    provider_credits: float | None


@dataclass(frozen=True, slots=True)
class ChatCapabilities:
    """What a chat model takes and gives: drives the UI's options, validation and the conflict notice."""

    inputs: frozenset[MediaKind] = field(default_factory=frozenset)
    reasoning: bool = False
    search: bool = False
    context_tokens: int | None = None
    max_output_tokens: int | None = None


class ChatAdapter(Protocol):
    """One chat model of one provider, ready to be talked to."""

    @overload
    def chat(
        self, messages: Sequence[ChatMessage], *, stream: Literal[True], options: ChatOptions = ...
    ) -> AsyncIterator[ChatCompletionChunk]: ...

    @overload
    def chat(
        self, messages: Sequence[ChatMessage], *, stream: Literal[False] = ..., options: ChatOptions = ...
    ) -> Awaitable[ChatCompletionChunk]: ...

    def chat(
        self, messages: Sequence[ChatMessage], *, stream: bool = False, options: ChatOptions = DEFAULT_OPTIONS
    ) -> Awaitable[ChatCompletionChunk] | AsyncIterator[ChatCompletionChunk]:
        """Answer the messages, whole (awaited) or piece by piece (iterated).

        Closing the iterator aborts the request at the provider. Both forms raise ProviderError.
        """
        ...

    def estimate_cost(self, input_tokens: int, output_tokens: int) -> CostEstimate:
        """Return what so many tokens may cost with the provider."""
        ...
