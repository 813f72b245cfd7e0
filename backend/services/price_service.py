"""Prices in force: what the configuration says becomes numbered versions, what an admin sets comes after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ModelUnavailable
from backend.core.ids import new_id
from backend.core.pricing import (
    DEFAULT,
    CallPrice,
    ImagePrice,
    Price,
    PriceInvalid,
    TokenPrice,
    VideoPrice,
    dump_price,
    read_price,
)
from backend.repositories import audit_repository, price_repository
from backend.repositories.price_repository import PriceRow
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.media_plan import LENGTHS, PRICED_BY

CONFIG, ADMIN = "config", "admin"
KIND_OF_MODE = {"chat": "tokens", "image": "image", "video": "video", "transcription": "call"}


class PriceService:
    """Prices, in one unit of work."""

    def __init__(self, db: AsyncSession) -> None:
        self._db = db

    async def store_configured(self, models: Iterable[ModelDescriptor]) -> int:
        """Store the configured prices that have changed since they were stored last; returns how many."""
        known = await price_repository.list_newest(self._db, source=CONFIG)
        stored = 0
        for model in models:
            if model.price is None:
                continue
            formula = dump_price(model.price)
            if model.id in known and known[model.id].formula == formula:
                continue
            made = await price_repository.set_price(
                self._db, price_id=new_id(), model_id=model.id, formula=formula, source=CONFIG, actor_id=None
            )
            stored += made is not None
        return stored

    async def set_price(self, model_id: str, price: Price, *, actor_id: UUID | None) -> PriceRow:
        """Put an admin's price in force from now on; what is held already keeps its own. Audited."""
        before = await price_repository.find_current(self._db, model_id)
        formula = dump_price(price)
        made = await price_repository.set_price(
            self._db, price_id=new_id(), model_id=model_id, formula=formula, source=ADMIN, actor_id=actor_id
        )
        if made is None:  # it is in force already
            assert before is not None  # noqa: S101 - equal to a version, so there is one
            return before
        old = dict(before.formula) if before else None
        await audit_repository.note(
            self._db, "price.set", model_id, actor_id=actor_id, before=old, after=formula, version=made.version
        )
        return made

    async def list_current(self, models: Iterable[ModelDescriptor]) -> dict[str, PriceRow]:
        """Return the prices in force by model, without those that cannot be true or do not fit their model."""
        rows = await price_repository.list_newest(self._db)
        return {model.id: rows[model.id] for model in models if model.id in rows and _is_usable(rows[model.id], model)}


def fits(price: Price, model: ModelDescriptor) -> bool:
    """Tell whether a price is of the kind that a model is paid by."""
    return price.kind in (KIND_OF_MODE[model.mode], "call") and not (model.mode == "chat" and price.kind == "call")


@dataclass(frozen=True, slots=True)
class PriceScheme:
    """How a media model can be priced: by which kinds, for each choice of which option, and whether sound counts."""

    kinds: tuple[str, ...]
    option: str | None
    choices: tuple[str, ...]
    sound: bool


def price_scheme(model: ModelDescriptor) -> PriceScheme | None:
    """Return how a media model can be priced; None for one that answers, whose tokens are."""
    media = model.media
    if media is None or model.mode == "chat":
        return None
    option = next((found for name in PRICED_BY if (found := media.option(name))), None)
    has_length = any(media.option(name) for name in LENGTHS)
    kinds = ("image", "call") if model.mode == "image" else ("video", "call") if has_length else ("call",)
    choices = tuple(str(choice) for choice in option.choices) if option else ()
    return PriceScheme(kinds, option.name if option else None, choices, media.option("sound") is not None)


def find_price_fault(price: Price, model: ModelDescriptor) -> str | None:
    """Return the field of a price that does not suit a model: its kind, or rates that leave out or make up a choice."""
    if not fits(price, model):
        return "price.kind"
    scheme = price_scheme(model)
    if scheme is None or isinstance(price, TokenPrice):
        return None
    if price.kind not in scheme.kinds:
        return "price.kind"
    field, rates = _rates(price)
    covers_all = DEFAULT in rates or (bool(scheme.choices) and set(scheme.choices) <= set(rates))
    return None if covers_all and set(rates) <= {*scheme.choices, DEFAULT} else f"price.{field}"


def _rates(price: ImagePrice | VideoPrice | CallPrice) -> tuple[str, Mapping[str, int]]:
    match price:
        case ImagePrice():
            return "per_image_mc", price.per_image_mc
        case VideoPrice():
            return "per_second_mc", price.per_second_mc
        case CallPrice():
            return "per_call_mc", price.per_call_mc


def token_price(formula: Mapping[str, Any] | None) -> TokenPrice:
    """Return the price of a turn; raises ModelUnavailable for one that cannot be true or is none for tokens."""
    try:
        price = read_price(formula or {})
    except PriceInvalid:
        raise ModelUnavailable from None
    if not isinstance(price, TokenPrice):
        raise ModelUnavailable
    return price


def _is_usable(row: PriceRow, model: ModelDescriptor) -> bool:
    try:
        return fits(read_price(row.formula), model)
    except PriceInvalid:
        return False
