"""The ports to providers: plain data in and out, one error type. Adapters know no service, model or session."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, overload

Role = Literal["system", "user", "assistant"]


class MediaKind(StrEnum):
    """What a media part of a message is."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


def kind_of(mime: str) -> MediaKind:
    """Return what a medium of a type is."""
    main = mime.split("/", 1)[0]
    return MediaKind(main) if main in ("image", "audio", "video") else MediaKind.FILE


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


class ChatCompletionChunk(NamedTuple):
    """A piece of an answer: new text, new thoughts, and at the end the reason and the usage.

    A non-streamed answer is one chunk that holds all of it. (One is made for each token: a tuple is made fastest.)
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
    ) -> AsyncGenerator[ChatCompletionChunk]: ...

    @overload
    def chat(
        self, messages: Sequence[ChatMessage], *, stream: Literal[False] = ..., options: ChatOptions = ...
    ) -> Awaitable[ChatCompletionChunk]: ...

    def chat(
        self, messages: Sequence[ChatMessage], *, stream: bool = False, options: ChatOptions = DEFAULT_OPTIONS
    ) -> Awaitable[ChatCompletionChunk] | AsyncGenerator[ChatCompletionChunk]:
        """Answer the messages, whole (awaited) or piece by piece (iterated).

        Closing the iterator aborts the request at the provider. Both forms raise ProviderError.
        """
        ...

    def estimate_cost(self, input_tokens: int, output_tokens: int) -> CostEstimate:
        """Return what so many tokens may cost with the provider."""
        ...


class ReferenceRole(StrEnum):
    """What a medium is to a request: something to go by, the picture a clip starts or ends with, a mask for an edit."""

    REFERENCE = "reference"
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    MASK = "mask"


ByteReader = Callable[[], AsyncIterator[bytes]]
"""Opens a medium and yields its bytes; called anew for each upload."""
OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A medium that a request builds on: its bytes, or an address that the provider can reach itself."""

    role: ReferenceRole
    kind: MediaKind
    mime: str
    read: ByteReader | None = None
    size_bytes: int | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if (self.read is None) == (self.url is None) or (self.read is not None and self.size_bytes is None):
            raise ValueError("a reference has bytes of a known size, or an address")

    @classmethod
    def of_bytes(cls, content: bytes, mime: str, role: ReferenceRole = ReferenceRole.REFERENCE) -> "Reference":
        """Return a reference to bytes in memory."""

        async def read() -> AsyncIterator[bytes]:
            yield content

        return cls(role, kind_of(mime), mime, read=read, size_bytes=len(content))

    @classmethod
    def of_url(cls, url: str, mime: str = "image/png", role: ReferenceRole = ReferenceRole.REFERENCE) -> "Reference":
        """Return a reference to what is at an address."""
        return cls(role, kind_of(mime), mime, url=url)


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a storyboard."""

    prompt: str
    seconds: int


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """What is to be made. Options are named and bounded by the model's capabilities; unset ones are its defaults."""

    prompt: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    shots: tuple[Shot, ...] = ()

    def of_role(self, *roles: ReferenceRole) -> tuple[Reference, ...]:
        """Return the references of some roles, in their order."""
        return tuple(reference for reference in self.references if reference.role in roles)


@dataclass(frozen=True, slots=True)
class MediaResult:
    """One thing that was made: where it is for a short while, its bytes, or its text. Types are told, not proven."""

    url: str | None = None
    content: bytes | None = field(default=None, repr=False)
    text: str | None = None
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider answered to a request: the id to ask with, or the results at once."""

    provider_task_id: str | None = None
    results: tuple[MediaResult, ...] = ()


class TaskState(StrEnum):
    """Where a task stands with its provider. ``unknown``: it does not know the id, or not yet."""

    UNKNOWN = "unknown"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far a task is (0 to 1 where it is told), and how it ended. A failed one has an error, never results."""

    state: TaskState
    progress: float | None = None
    results: tuple[MediaResult, ...] = ()
    error: ProviderError | None = None
    provider_task_id: str | None = None
    provider_credits: float | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen."""
        return self.state in (TaskState.SUCCEEDED, TaskState.FAILED)


class MediaAdapter(Protocol):
    """One model that makes media, in steps that a durable worker can stand between."""

    async def submit(self, request: MediaRequest, *, callback_url: str | None = None) -> Submission:
        """Upload the references and hand the request in, once.

        Raises ProviderError; unless it is ``certain_not_sent``, the task may exist and must not be sent again.
        """
        ...

    async def query(self, provider_task_id: str) -> TaskProgress:
        """Return how a task stands; safe to repeat. Raises ProviderError when the provider does not say."""
        ...


class ImageAdapter(MediaAdapter, Protocol):
    """A model that makes pictures."""

    async def generate(
        self,
        prompt: str,
        image_urls: Sequence[str] = (),
        size: str | None = None,
        resolution: str | None = None,
        wait_for_result: bool = True,
    ) -> TaskProgress:
        """Make or edit a picture in one call: to its end, or only handed in."""
        ...


class VideoAdapter(MediaAdapter, Protocol):
    """A model that makes clips."""

    async def generate(
        self,
        prompt: str,
        image_urls: Sequence[str] = (),
        n_frames: int | None = None,
        aspect_ratio: str | None = None,
        remove_watermark: bool | None = None,
        wait_for_result: bool = True,
    ) -> TaskProgress:
        """Make a clip in one call: to its end, or only handed in."""
        ...


class TranscriptionAdapter(Protocol):
    """A model that turns a recording into text."""

    async def transcribe(self, recording: Reference) -> str:
        """Return what is said in a recording. Raises ProviderError."""
        ...
