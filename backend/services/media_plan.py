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
from backend.services.adapters.media_rules import Refusal, effective_options, find_refusals

PRICED_BY = ("resolution", "quality", "mode", "size")
"""The options that change a price, in this order: the first that a model has decides."""
LENGTHS = ("seconds", "n_frames")
COUNTS = ("n", "count")


@dataclass(frozen=True, slots=True)
class AssetReference:
    """An own asset that a request builds on."""

    asset_id: UUID
    role: ReferenceRole

    def to_json(self) -> dict[str, str]:
        """Return what a row keeps."""
        return {"asset_id": str(self.asset_id), "role": self.role.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AssetReference":
        """Return what a row keeps."""
        return cls(UUID(stored["asset_id"]), ReferenceRole(stored["role"]))


@dataclass(frozen=True, slots=True)
class OrderedShot:
    """One shot of a storyboard; references of its own need a chain of clips."""

    prompt: str
    seconds: int
    references: tuple[AssetReference, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what a row keeps."""
        references = [reference.to_json() for reference in self.references]
        return {"prompt": self.prompt, "seconds": self.seconds, "references": references}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "OrderedShot":
        """Return what a row keeps."""
        references = tuple(AssetReference.from_json(reference) for reference in stored["references"])
        return cls(stored["prompt"], stored["seconds"], references)


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """What is asked for, as it is stored with the task.

    ``chain``: shots as clips of their own (None: as the model can); ``continuous``: each goes on from the last one.
    """

    model_id: str
    prompt: str
    options: Mapping[str, OptionValue]
    references: tuple[AssetReference, ...] = ()
    shots: tuple[OrderedShot, ...] = ()
    chain: bool | None = None
    continuous: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what the task's row keeps."""
        return {
            "options": dict(self.options),
            "references": [reference.to_json() for reference in self.references],
            "shots": [shot.to_json() for shot in self.shots],
            "chain": self.chain is True,
            "continuous": self.continuous,
        }

    @classmethod
    def from_json(cls, model_id: str, prompt: str, stored: Mapping[str, Any]) -> "MediaOrder":
        """Return the order that a task's row keeps."""
        references = tuple(AssetReference.from_json(reference) for reference in stored["references"])
        shots = tuple(OrderedShot.from_json(shot) for shot in stored["shots"])
        return cls(model_id, prompt, stored["options"], references, shots, stored["chain"], stored["continuous"])

    def all_assets(self) -> list[UUID]:
        """Return the assets of all references, each once, in order."""
        return asset_ids([*self.references, *(ref for shot in self.shots for ref in shot.references)])


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
    request = as_request(order, assets)
    for refusal in find_refusals(capabilities, request):
        raise refused(refusal)
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


def _seconds(options: Mapping[str, OptionValue]) -> int:
    length = next((options[name] for name in LENGTHS if name in options), None)
    if length is None:
        raise PriceInvalid("a price by the second needs a length")
    return int(length)


def _count(options: Mapping[str, OptionValue]) -> int:
    count = next((options[name] for name in COUNTS if name in options), 1)
    return count if isinstance(count, int) else 1


def as_request(order: MediaOrder, assets: Mapping[UUID, AssetRow]) -> MediaRequest:
    """Return an order as an adapter is asked whether it fits; none of its references can be read."""
    references = tuple(_as_reference(ref, assets[ref.asset_id]) for ref in order.references)
    return MediaRequest(order.prompt, order.options, references, one_call_shots(order))


def one_call_shots(order: MediaOrder) -> tuple[Shot, ...]:
    """Return the shots of a storyboard in one call, as adapters know them."""
    return tuple(Shot(shot.prompt, shot.seconds) for shot in order.shots)


def refused(refusal: Refusal) -> OptionRefused:
    """Return the error that tells what a model does not take, and why."""
    return OptionRefused(option=refusal.option, reason=str(refusal.reason), limit=_shown(refusal.limit))


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
