"""The model catalogue, as the API shows it."""

from typing import Literal

from backend.schemas.base import Output
from backend.schemas.credit import PriceOut
from backend.schemas.transcription import TranscriptionModelOut


class OptionOut(Output):
    """One thing that can be set; ``choice`` is one of ``choices``. Without a default it is left to the provider."""

    name: str
    type: Literal["choice", "integer", "number", "boolean", "text"]
    default: bool | int | float | str | None
    choices: list[bool | int | float | str]
    minimum: float | None
    maximum: float | None
    max_chars: int | None
    ignored_with_frames: bool


class ReferenceRuleOut(Output):
    """How many media of a role and kind can be handed in."""

    role: Literal["reference", "first_frame", "last_frame", "mask"]
    kind: Literal["image", "audio", "video", "file"]
    least: int
    most: int
    bytes_max: int


class ShotRuleOut(Output):
    """Storyboards in one call."""

    most: int
    seconds_min: int
    seconds_max: int
    prompt_chars: int
    total_option: str


class ClipRuleOut(Output):
    """Storyboards as a chain of clips. ``continuous``: a clip can start from the last frame of another one."""

    most: int
    seconds: list[int]
    prompt_chars: int | None
    continuous: bool


class MediaOut(Output):
    """What a model that makes pictures or clips takes: draws the options, checks them, and prices them."""

    prompt_chars: int | None
    prompt_required: bool
    options: list[OptionOut]
    references: list[ReferenceRuleOut]
    frames_exclude_references: bool
    shots: ShotRuleOut | None
    shots_required: bool
    clips: ClipRuleOut | None
    cancellable: Literal["queued_only", "always"]


class ModelOut(Output):
    """A model as a capability descriptor: what it takes drives the options and the conflict notice."""

    id: str
    name: str
    provider: str
    mode: Literal["chat", "image", "video"]
    description: dict[str, str]
    """One line per language (``en``, ``zh-CN``)."""
    demo: bool
    """True for the sandbox: its answers are made up on this machine."""
    available: bool
    unavailable_reason: str | None
    inputs: list[Literal["image", "audio", "video", "file"]]
    reasoning: bool
    search: bool
    context_tokens: int | None
    max_output_tokens: int | None
    price: PriceOut | None
    media: MediaOut | None


class ModelList(Output):
    """All models that the caller may use, and the one to begin with."""

    models: list[ModelOut]
    default_model_id: str | None
    transcription: TranscriptionModelOut | None
    """What turns recordings into text; null where nothing does."""
