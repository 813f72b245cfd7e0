"""Storyboards, checked and priced: whether one runs in one call or as a chain of clips, and what each clip is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from backend.core.config import Settings
from backend.core.pricing import Cost, Price, Term
from backend.models import TaskKind
from backend.repositories.asset_repository import AssetRow
from backend.services.adapters.base import MediaRequest, Reference, ReferenceRole
from backend.services.adapters.capabilities import MediaCapabilities, ResultKind
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.adapters.media_rules import Refusal, RefusalReason, effective_options, find_refusals
from backend.services.media_plan import (
    LENGTHS,
    MediaOrder,
    MediaPlan,
    OrderedShot,
    as_request,
    media_capabilities,
    one_call_shots,
    price_media,
    refused,
)

FIRST = ReferenceRole.FIRST_FRAME
A_FRAME = Reference.of_bytes(b"", "image/png", FIRST)
"""Stands for the last frame of a clip that is not made yet."""
OF_A_SHOT = frozenset(("prompt", "references", "first_frame", "last_frame", "mask"))


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """A shot that its model takes as a clip. ``continues``: it begins with the last frame of the shot before."""

    number: int
    shot: OrderedShot
    plan: MediaPlan
    continues: bool


def can_chain(media: MediaCapabilities) -> bool:
    """Tell whether a storyboard can be a chain of a model's clips."""
    return media.makes is ResultKind.VIDEO and not media.shots_required and bool(media.seconds)


def runs_as_chain(model: ModelDescriptor, order: MediaOrder, assets: Mapping[UUID, AssetRow]) -> bool:
    """Tell how a storyboard runs: as it is wished, else in one call where that can be. Raises OptionRefused."""
    media = media_capabilities(model)
    with_references = [number for number, shot in enumerate(order.shots, 1) if shot.references]
    if not order.shots:
        if order.chain or order.continuous:
            raise refused(Refusal("shots", RefusalReason.REQUIRED))
        return False
    if order.chain is False:
        if order.continuous:
            raise refused(Refusal("continuous", RefusalReason.CONFLICT, "chain"))
        if with_references:
            raise refused(Refusal(f"shots.{with_references[0]}.references", RefusalReason.NOT_SUPPORTED))
        return False
    wished = bool(order.chain or order.continuous or with_references)
    if wished and not can_chain(media):
        raise refused(Refusal("chain" if media.shots else "shots", RefusalReason.NOT_SUPPORTED))
    return wished or (can_chain(media) and bool(find_refusals(media, as_request(order, assets))))


def plan_clips(
    model: ModelDescriptor, order: MediaOrder, assets: Mapping[UUID, AssetRow], settings: Settings
) -> list[ClipPlan]:
    """Return a storyboard's clips; raises OptionRefused, which names the shot and what of it is not taken."""
    if len(order.shots) > settings.storyboard_shots_max:
        raise refused(Refusal("shots", RefusalReason.TOO_MANY, settings.storyboard_shots_max))
    media = media_capabilities(model)
    for refusal in _refuse_as_a_whole(media, order):
        raise refused(refusal)
    return [plan_clip(model, order, number, assets) for number in range(1, len(order.shots) + 1)]


def plan_clip(model: ModelDescriptor, order: MediaOrder, number: int, assets: Mapping[UUID, AssetRow]) -> ClipPlan:
    """Return the clip of one shot; raises OptionRefused."""
    media, shot = media_capabilities(model), order.shots[number - 1]
    clip = _clip_order(media, order, number)
    framed = any(reference.role is FIRST for reference in clip.references)
    continues = order.continuous and number > 1 and not framed
    request = as_request(clip, assets)
    if continues:
        request = replace(request, references=(A_FRAME, *request.references))
    if not shot.prompt.strip():
        raise refused(Refusal(f"shots.{number}.prompt", RefusalReason.REQUIRED))
    for refusal in find_refusals(media, request):
        raise refused(_name_shot(media, refusal, number, continues=continues))
    plan = MediaPlan(model, TaskKind(model.mode), clip, effective_options(media, request))
    return ClipPlan(number, shot, plan, continues)


def price_of_order(price: Price, model: ModelDescriptor, order: MediaOrder, *, chain: bool) -> Cost:
    """Return what an order costs at a price, its options completed by the model's defaults."""
    media = media_capabilities(model)
    if not chain:
        request = MediaRequest(order.prompt, order.options, (), one_call_shots(order))
        return price_media(price, effective_options(media, request))
    clips = (_clip_order(media, order, number) for number in range(1, len(order.shots) + 1))
    requests = (MediaRequest(clip.prompt, clip.options) for clip in clips)
    return add_costs([price_media(price, effective_options(media, request)) for request in requests])


def add_costs(costs: Sequence[Cost]) -> Cost:
    """Return costs of one price together, as one formula."""
    sums: dict[tuple[str, int], int] = {}
    for term in (term for cost in costs for term in cost.terms):
        sums[term.name, term.rate_mc] = sums.get((term.name, term.rate_mc), 0) + term.quantity
    terms = tuple(Term(name, quantity, rate_mc) for (name, rate_mc), quantity in sums.items())
    return Cost(terms, costs[0].divisor)


def _clip_order(media: MediaCapabilities, order: MediaOrder, number: int) -> MediaOrder:
    """Return one shot as a clip: the storyboard's words, options and pictures, and its own."""
    shot = order.shots[number - 1]
    words = [part for part in (order.prompt.strip(), shot.prompt) if part]
    framed = any(reference.role is FIRST for reference in shot.references)
    shared = (ref for ref in order.references if ref.role is not FIRST or (number == 1 and not framed))
    length = next((name for name in LENGTHS if media.option(name)), LENGTHS[0])
    options = {**order.options, length: shot.seconds}
    return MediaOrder(order.model_id, "\n\n".join(words), options, (*shared, *shot.references))


def _refuse_as_a_whole(media: MediaCapabilities, order: MediaOrder) -> Iterator[Refusal]:
    for name in LENGTHS:
        if name in order.options:
            yield Refusal(name, RefusalReason.CONFLICT if media.option(name) else RefusalReason.UNKNOWN, "shots")
    if any(reference.role is ReferenceRole.LAST_FRAME for reference in order.references):
        yield Refusal("last_frame", RefusalReason.CONFLICT, "shots")
    if order.continuous and not media.first_frame:
        yield Refusal("continuous", RefusalReason.NOT_SUPPORTED)


def _name_shot(media: MediaCapabilities, refusal: Refusal, number: int, *, continues: bool) -> Refusal:
    """Return a refusal of a clip in the words of the storyboard."""
    if continues and refusal.option == "references" and refusal.reason is RefusalReason.CONFLICT:
        return replace(refusal, option=f"shots.{number}.references", limit="continuous")
    if refusal.option in OF_A_SHOT:
        return replace(refusal, option=f"shots.{number}.{refusal.option}")
    if refusal.option in LENGTHS and media.option(refusal.option):
        return replace(refusal, option=f"shots.{number}.seconds")
    return refusal
