"""The model catalogue, as the API shows it."""

from typing import Literal

from backend.schemas.base import Output
from backend.schemas.credit import PriceOut


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


class ModelList(Output):
    """All models that the caller may use, and the one to begin with."""

    models: list[ModelOut]
    default_model_id: str | None
