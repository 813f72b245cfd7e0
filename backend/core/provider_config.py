"""Which providers there are: from the environment, from ``config.toml`` in the data folder, or the sandbox."""

import os
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from backend.core.config import Settings
from backend.core.errors import StartError
from backend.core.pricing import PriceConfig

FILE_NAME = "config.toml"
NAME = r"^[a-z0-9][a-z0-9-]{0,30}$"


class ModelConfig(BaseModel):
    """What the operator says of one model; unset means what the adapter knows."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=150)]
    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    description: dict[Literal["en", "zh-CN"], str] = {}
    enabled: bool = True
    makes: Literal["text", "image", "transcription"] = "text"
    """What a model of an OpenAI-compatible server makes (a transcription: text of a recording); KIE's are known."""
    inputs: list[Literal["image", "audio", "video", "file"]] | None = None
    reasoning: bool | None = None
    context_tokens: Annotated[int, Field(ge=1)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    price: PriceConfig | None = None


class ProviderConfig(BaseModel):
    """One provider. ``only_listed_models`` hides what it offers besides ``models``.

    ``price`` serves its chat models that have none of their own.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    kind: Literal["kie", "openai"]
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$")]
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    only_listed_models: bool = False
    price: PriceConfig | None = None
    models: list[ModelConfig] = []
    demo: Annotated[bool, Field(exclude=True)] = False

    @model_validator(mode="after")
    def _one_key(self) -> "ProviderConfig":
        if self.api_key is not None and self.api_key_env is not None:
            raise ValueError("give api_key or api_key_env, not both")
        return self

    def key(self) -> str | None:
        """Return the key, from the file or from the variable that the file names."""
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        return os.environ.get(self.api_key_env) if self.api_key_env else None


class ConfigFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    providers: list[ProviderConfig] = []


def load_providers(settings: Settings) -> list[ProviderConfig]:
    """Return all providers; raises StartError with line and reason for a file that is wrong.

    The sandbox is among them when the settings say so, or when there is no other.
    """
    providers = _from_environment(settings) + _from_file(settings.data_dir / FILE_NAME)
    names = [provider.name for provider in providers]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise StartError(f"Two providers are called {doubled}; names must differ ({settings.data_dir / FILE_NAME}).")
    if settings.sandbox or (settings.sandbox is None and not providers):
        providers += _sandbox(settings)
    return providers


def wants_sandbox(settings: Settings) -> bool:
    """Tell whether the sandbox provider should run beside the product."""
    if settings.sandbox is not None:
        return settings.sandbox
    return not (_from_environment(settings) + _from_file(settings.data_dir / FILE_NAME))


def _from_environment(settings: Settings) -> list[ProviderConfig]:
    found = []
    price = _price_from_environment(settings.chat_price)
    if settings.kie_api_key is not None:
        kie_key = settings.kie_api_key
        found.append(
            ProviderConfig(name="kie", kind="kie", base_url=settings.kie_base_url, api_key=kie_key, price=price)
        )
    if settings.openai_base_url is not None or settings.openai_api_key is not None:
        base_url = settings.openai_base_url or "https://api.openai.com/v1"
        key = settings.openai_api_key
        found.append(ProviderConfig(name="openai", kind="openai", base_url=base_url, api_key=key, price=price))
    return found


def _price_from_environment(written: str | None) -> PriceConfig | None:
    """Return the price of ``LATENT_CHAT_PRICE``: ``free``, or input and output in credits by the million tokens."""
    if written is None:
        return None
    if written.strip().lower() == "free":
        return PriceConfig(input=0, output=0)
    try:
        rates = [Decimal(part.strip()) for part in written.split("/")]
        return PriceConfig.model_validate(dict(zip(("input", "output"), rates, strict=True)))
    except (ArithmeticError, ValueError):
        raise StartError(
            "LATENT_CHAT_PRICE is wrong: write free, or two numbers such as 60/500 (credits for a million tokens in "
            "and out, at most three decimals)."
        ) from None


def _from_file(path: Path) -> list[ProviderConfig]:
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path} cannot be read: {error}.") from None
    try:
        return ConfigFile.model_validate(tomllib.loads(source, parse_float=Decimal)).providers
    except tomllib.TOMLDecodeError as error:
        raise StartError(f"{path} is not valid TOML: {error}.") from None
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = [part for part in problem["loc"] if not isinstance(part, bool)]
        named = ".".join(str(part) for part in place) or "the file"
        raise StartError(f"{path}, line {_line_of(source, place)}: {named}: {problem['msg']}.") from None


def _line_of(source: str, place: list[int | str]) -> int:
    """Return the line of the entry that a problem is about: the n-th table of its list, then the keys in it."""
    lines = source.splitlines()
    line = 0
    for index, part in enumerate(place):
        if isinstance(part, int):
            header = re.compile(
                r"^\s*\[\[\s*" + r"\.".join(str(p) for p in place[:index] if isinstance(p, str)) + r"\s*\]\]"
            )
            starts = [number for number, text in enumerate(lines) if number >= line and header.match(text)]
            line = starts[part] if part < len(starts) else line
        elif not any(isinstance(later, int) for later in place[index:]):
            key = re.compile(rf"^\s*\"?{re.escape(part)}\"?\s*=|^\s*\[+[\w.\s-]*\b{re.escape(part)}\s*\]")
            line = next((number for number in range(line, len(lines)) if key.match(lines[number])), line)
    return line + 1


def _sandbox(settings: Settings) -> list[ProviderConfig]:
    """Return the demo providers: the sandbox speaks both wire protocols, so both adapters are seen at work."""
    if settings.sandbox_url is None:
        return []
    quick = ModelConfig(
        id="demo-swift",
        name="Demo Swift",
        description={"en": "Quick sketches", "zh-CN": "随手作答"},
        reasoning=False,
        price=PriceConfig(input=60, output=500),
    )
    thinking = ModelConfig(
        id="demo-thinker",
        name="Demo Thinker",
        description={"en": "Shows its thoughts", "zh-CN": "会给出思考"},
        reasoning=True,
        price=PriceConfig(input=250, output=2000),
    )
    writer = ModelConfig(
        id="demo-scribe",
        name="Demo Scribe",
        description={"en": "Longer texts", "zh-CN": "擅长长文"},
        reasoning=False,
        price=PriceConfig(input=100, output=800),
    )
    frame = ModelConfig(
        id="nano-banana-2",
        name="Demo Frame",
        description={"en": "Pictures, and edits of pictures", "zh-CN": "出图，也能改图"},
        price=PriceConfig(per_image={"1K": 8, "2K": 12, "4K": 18}),
    )
    reel = ModelConfig(
        id="kling-3.0/video",
        name="Demo Reel",
        description={"en": "Clips, storyboards, first and last frame", "zh-CN": "视频、分镜、首尾帧"},
        price=PriceConfig(per_second={"std": 8, "pro": 12}, sound_percent=200),
    )
    canvas = ModelConfig(
        id="demo-canvas",
        name="Demo Canvas",
        description={"en": "Up to four pictures at once", "zh-CN": "一次最多四张"},
        makes="image",
        price=PriceConfig(per_image={"default": 6}),
    )
    ear = ModelConfig(
        id="demo-ear",
        name="Demo Ear",
        makes="transcription",
        price=PriceConfig(per_call={"default": 1}),
    )
    url = settings.sandbox_url.rstrip("/")
    shared = {"only_listed_models": True, "demo": True, "api_key": SecretStr("sandbox")}
    return [
        ProviderConfig(name="demo", kind="kie", base_url=url, models=[quick, thinking, frame, reel], **shared),
        ProviderConfig(name="demo-openai", kind="openai", base_url=f"{url}/v1", models=[writer, canvas, ear], **shared),
    ]
