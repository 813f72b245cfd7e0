"""What a person asks of a media model, checked against what it takes, and what it costs: before anything happens."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.core.errors import ModelUnavailable, OptionRefused
from backend.core.pricing import (
    CallPrice,
    Cost,
    ImagePrice,
    Price,
    PriceInvalid,
    TokenPrice,
    VideoPrice,
    price_images,
    price_video,
)
from backend.models import TaskKind
from backend.repositories.asset_repository import AssetRow
from backend.services.adapters.base import MediaKind, MediaRequest, OptionValue, Reference, ReferenceRole, Shot
from backend.services.adapters.capabilities import MediaCapabilities
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.media_rules import effective_options, find_refusals

PRICED_BY = ("resolution", "quality", "mode", "size")
"""The options that change a price, in this order: the first that a model has decides."""
LENGTHS = ("seconds", "n_frames")
COUNTS = ("n", "count")


@dataclass(frozen=True, slots=True)
class AssetReference:
    """An own asset that a request builds on."""

    asset_id: UUID
    role: ReferenceRole


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """What is asked for, as it is stored with the task."""

    model_id: str
    prompt: str
    options: Mapping[str, OptionValue]
    references: tuple[AssetReference, ...] = ()
    shots: tuple[Shot, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what the task's row keeps."""
        return {
            "options": dict(self.options),
            "references": [{"asset_id": str(ref.asset_id), "role": ref.role.value} for ref in self.references],
            "shots": [{"prompt": shot.prompt, "seconds": shot.seconds} for shot in self.shots],
        }

    @classmethod
    def from_json(cls, model_id: str, prompt: str, stored: Mapping[str, Any]) -> "MediaOrder":
        """Return the order that a task's row keeps."""
        references = (AssetReference(UUID(ref["asset_id"]), ReferenceRole(ref["role"])) for ref in stored["references"])
        shots = (Shot(**shot) for shot in stored["shots"])
        return cls(model_id, prompt, stored["options"], tuple(references), tuple(shots))


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """An order that its model takes."""

    model: ModelDescriptor
    kind: TaskKind
    order: MediaOrder
    options: Mapping[str, OptionValue]
    """What holds: the model's defaults and what was set."""


def plan_media(model: ModelDescriptor, order: MediaOrder, assets: Mapping[UUID, AssetRow]) -> MediaPlan:
    """Return the plan for an order; raises OptionRefused, which names what the model does not take and why."""
    capabilities = media_capabilities(model)
    request = _as_request(order, assets)
    for refusal in find_refusals(capabilities, request):
        raise OptionRefused(option=refusal.option, reason=str(refusal.reason), limit=_shown(refusal.limit))
    return MediaPlan(model, TaskKind(model.mode), order, effective_options(capabilities, request))


def media_capabilities(model: ModelDescriptor) -> MediaCapabilities:
    """Return what a media model takes; raises ModelUnavailable for one that makes no pictures or clips."""
    if model.media is None or model.mode == "chat":
        raise ModelUnavailable
    return model.media


def price_media(price: Price, options: Mapping[str, OptionValue]) -> Cost:
    """Return what an order costs; raises ModelUnavailable when the price does not cover these options."""
    choice = next((str(options[name]) for name in PRICED_BY if name in options), "")
    try:
        match price:
            case VideoPrice():
                return price_video(price, _seconds(options), choice, sound=options.get("sound") is True)
            case ImagePrice() | CallPrice():
                return price_images(price, _count(options), choice)
            case TokenPrice():
                raise ModelUnavailable
    except PriceInvalid:
        raise ModelUnavailable from None


def price_of_order(price: Price, model: ModelDescriptor, order: MediaOrder) -> Cost:
    """Return what an order costs at a price, its options completed by the model's defaults."""
    request = MediaRequest(order.prompt, order.options, (), order.shots)
    return price_media(price, effective_options(media_capabilities(model), request))


def _seconds(options: Mapping[str, OptionValue]) -> int:
    length = next((options[name] for name in LENGTHS if name in options), None)
    if length is None:
        raise PriceInvalid("a price by the second needs a length")
    return int(length)


def _count(options: Mapping[str, OptionValue]) -> int:
    count = next((options[name] for name in COUNTS if name in options), 1)
    return count if isinstance(count, int) else 1


def _as_request(order: MediaOrder, assets: Mapping[UUID, AssetRow]) -> MediaRequest:
    references = tuple(_as_reference(ref, assets[ref.asset_id]) for ref in order.references)
    return MediaRequest(order.prompt, order.options, references, order.shots)


def _as_reference(reference: AssetReference, asset: AssetRow) -> Reference:
    return Reference(reference.role, MediaKind(asset.kind), asset.mime, read=_unread, size_bytes=asset.size_bytes)


def _unread() -> AsyncIterator[bytes]:
    """Stand for bytes that checking does not need."""
    raise AssertionError("a plan reads nothing")


def _shown(limit: float | str | None) -> str | int | None:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else str(limit) if limit is not None else None


def asset_ids(references: Sequence[AssetReference]) -> list[UUID]:
    """Return the assets of references, each once, in order."""
    return list(dict.fromkeys(reference.asset_id for reference in references))
