"""The model catalogue as data: what each model is, from the adapters' own lists and from what the operator wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from backend.core.pricing import DEFAULT, MC_PER_CREDIT, CallPrice, ImagePrice, Price, VideoPrice
from backend.core.provider_config import ModelConfig, ProviderConfig
from backend.services.adapters.base import ChatCapabilities, MediaKind
from backend.services.adapters.capabilities import MediaCapabilities, PriceUnit, ProviderPrice, ResultKind
from backend.services.adapters.kie.media_model import KieMediaModel
from backend.services.adapters.kie.models import CHAT_MODELS, MEDIA_MODELS, KieChatModel, find_media_model
from backend.services.adapters.openai_compatible.image_adapter import IMAGE_CAPABILITIES

Mode = Literal["chat", "image", "video", "transcription"]
SOUND_DOUBLES = 200
MODES: Mapping[ResultKind, Mode] = {ResultKind.IMAGE: "image", ResultKind.VIDEO: "video"}


@dataclass(frozen=True, slots=True)
class ModelDescriptor:
    """A model and what it can do; ``id`` is ``provider/model``. Drives options, validation and conflict notices."""

    id: str
    provider: str
    model: str
    name: str
    mode: Mode
    description: Mapping[str, str]
    capabilities: ChatCapabilities
    demo: bool
    price: Price | None = None
    """The price that the operator wrote; the one in force stands in the database."""
    media: MediaCapabilities | None = None
    """What it takes, for a model that makes pictures or clips."""
    available: bool = True
    unavailable_reason: str | None = None


def known_models(provider: ProviderConfig) -> list[ModelConfig]:
    """Return the models that need no asking: KIE's own list, changed by what the operator wrote."""
    if provider.kind == "openai" or provider.only_listed_models:
        return provider.models
    written = {model.id: model for model in provider.models}
    offered = [known.model for known in CHAT_MODELS]
    offered += [known.model for known in MEDIA_MODELS if known.enabled and known.capabilities.makes in MODES]
    return [written.pop(name, ModelConfig(id=name)) for name in offered] + list(written.values())


def describe(provider: ProviderConfig, model: ModelConfig) -> ModelDescriptor:
    """Return what a model is: what the adapter knows, changed by what the operator wrote."""
    media = find_media_model(model.id) if provider.kind == "kie" else None
    if media is not None and media.capabilities.makes in MODES:
        return _describe_media(provider, model, media)
    if model.makes == "image":
        return _descriptor(provider, model, None, mode="image", media=IMAGE_CAPABILITIES)
    if model.makes == "transcription":
        return _descriptor(provider, model, None, mode="transcription")
    known = next((entry for entry in CHAT_MODELS if provider.kind == "kie" and entry.model == model.id), None)
    capabilities = known.capabilities if known else ChatCapabilities()
    changes: dict[str, object] = {
        "inputs": frozenset(MediaKind(kind) for kind in model.inputs) if model.inputs is not None else None,
        "reasoning": model.reasoning,
        "context_tokens": model.context_tokens,
        "max_output_tokens": model.max_output_tokens,
    }
    changed = replace(capabilities, **{key: value for key, value in changes.items() if value is not None})  # type: ignore[arg-type]
    written = model.price or provider.price
    price = written.to_price() if written else None
    return _descriptor(provider, model, known, mode="chat", chat=changed, price=price)


def _describe_media(provider: ProviderConfig, model: ModelConfig, known: KieMediaModel) -> ModelDescriptor:
    price = model.price.to_price() if model.price else price_of_provider(known)
    mode = MODES[known.capabilities.makes]
    return _descriptor(provider, model, known, mode=mode, media=known.capabilities, price=price)


def _descriptor(
    provider: ProviderConfig,
    model: ModelConfig,
    known: KieChatModel | KieMediaModel | None,
    *,
    mode: Mode,
    chat: ChatCapabilities | None = None,
    media: MediaCapabilities | None = None,
    price: Price | None = None,
) -> ModelDescriptor:
    description = {str(language): words for language, words in model.description.items()}
    return ModelDescriptor(
        id=f"{provider.name}/{model.id}",
        provider=provider.name,
        model=model.id,
        name=model.name or (known.name if known else model.id),
        mode=mode,
        description=description or (known.description if known else {}),
        capabilities=chat or ChatCapabilities(inputs=media.inputs if media else frozenset()),
        demo=provider.demo,
        price=price or (model.price.to_price() if model.price else None),
        media=media,
    )


def price_of_provider(model: KieMediaModel) -> Price | None:
    """Return what a provider's published price comes to here, a credit of its for one of ours; None: unknown."""
    return _to_price(model.price, model.capabilities.makes)


def _to_price(told: ProviderPrice, makes: ResultKind) -> Price | None:
    rates = {key or DEFAULT: credits * MC_PER_CREDIT for key, credits in told.credits.items()}
    if not rates:
        return None
    match told.unit:
        case PriceUnit.SECOND:
            percent = SOUND_DOUBLES if told.doubled_by == "sound" else 100
            return VideoPrice(kind="video", per_second_mc=rates, sound_percent=percent)
        case PriceUnit.RESULT if makes is ResultKind.IMAGE:
            return ImagePrice(kind="image", per_image_mc=rates)
        case PriceUnit.RESULT:
            return CallPrice(kind="call", per_call_mc=rates)
        case _:
            return None
