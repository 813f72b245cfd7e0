"""Prices and what comes of them: exact integers in milli-credits (1 credit = 1000 mc), rounded up once, at the end.

A price is data: it stands in the configuration, is stored as a numbered version, and is frozen into each hold. Every
kind of price turns a usage into a sum of quantities times rates over one divisor (``Cost``), so that any charge can
be shown as a formula and computed again from what was stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

MC_PER_CREDIT = 1000
ONE_MC = Decimal("0.001")
AMOUNT_MAX_MC = 10**12
"""The largest single movement: a billion credits."""
RATE_MAX_MC = 10**10
"""The largest rate: ten million credits for a million tokens, a picture or a second."""
TOKENS_PER_RATE = 1_000_000
QUANTITY_MAX = 10**8
PERCENT = 100

Rate = Annotated[StrictInt, Field(ge=0, le=RATE_MAX_MC)]
Rates = Annotated[dict[Annotated[str, Field(min_length=1, max_length=40)], Rate], Field(min_length=1, max_length=40)]
"""A rate for each choice that changes the price; ``default`` serves every other choice."""
DEFAULT = "default"


class _Price(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TokenPrice(_Price):
    """For each million tokens. Thoughts and cached input cost like output and input unless they have rates."""

    kind: Literal["tokens"]
    input_mc: Rate
    output_mc: Rate
    reasoning_mc: Rate | None = None
    cached_mc: Rate | None = None


class ImagePrice(_Price):
    """For each picture, by its size or resolution."""

    kind: Literal["image"]
    per_image_mc: Rates


class VideoPrice(_Price):
    """For each second, by resolution or mode; with sound the whole costs ``sound_percent`` of that."""

    kind: Literal["video"]
    per_second_mc: Rates
    sound_percent: Annotated[StrictInt, Field(ge=0, le=1000)] = PERCENT


class CallPrice(_Price):
    """For each call, by whatever choice changes it."""

    kind: Literal["call"]
    per_call_mc: Rates


Price = Annotated[TokenPrice | ImagePrice | VideoPrice | CallPrice, Field(discriminator="kind")]
_PRICE: TypeAdapter[Price] = TypeAdapter(Price)


class PriceInvalid(ValueError):
    """A stored price that cannot be true; its model must not be used."""


def read_price(formula: Mapping[str, Any]) -> Price:
    """Return a stored price; raises PriceInvalid for one that is negative, too large or of an unknown form."""
    try:
        return _PRICE.validate_python(formula)
    except ValidationError as error:
        raise PriceInvalid(str(error.errors(include_input=False, include_url=False)[0]["msg"])) from None


def dump_price(price: Price) -> dict[str, Any]:
    """Return a price in the form in which it is stored and compared: unset rates are left out."""
    formula: dict[str, Any] = _PRICE.dump_python(price, exclude_none=True)
    return formula


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a formula: so much of something at a rate."""

    name: str
    quantity: int
    rate_mc: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a usage costs: the sum of its terms over ``divisor``, rounded up."""

    terms: tuple[Term, ...]
    divisor: int

    @property
    def amount_mc(self) -> int:
        """The result in milli-credits."""
        return -(-sum(term.quantity * term.rate_mc for term in self.terms) // self.divisor)

    def formula(self) -> str:
        """Return the whole computation as text, in digits that anyone can check."""
        total = " + ".join(f"{term.quantity} × {term.rate_mc}" for term in self.terms) or "0"
        return f"({total}) / {self.divisor} ↑ {self.amount_mc}" if self.divisor != 1 else f"{total} = {self.amount_mc}"

    def to_json(self) -> dict[str, Any]:
        """Return the cost in the form in which it is stored."""
        terms = [{"name": term.name, "quantity": term.quantity, "rate_mc": term.rate_mc} for term in self.terms]
        return {"terms": terms, "divisor": self.divisor, "amount_mc": self.amount_mc}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Cost":
        """Return a stored cost; its amount is computed anew."""
        return cls(tuple(Term(**term) for term in stored["terms"]), stored["divisor"])


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one answer: ``completion`` includes ``reasoning``, ``prompt`` includes ``cached``."""

    prompt: int
    completion: int
    reasoning: int = 0
    cached: int = 0


def price_tokens(price: TokenPrice, usage: TokenUsage) -> Cost:
    """Return what an answer costs. Parts that are larger than their whole are counted as the whole."""
    prompt, completion = _bounded(usage.prompt), _bounded(usage.completion)
    cached = min(_bounded(usage.cached), prompt) if price.cached_mc is not None else 0
    reasoning = min(_bounded(usage.reasoning), completion) if price.reasoning_mc is not None else 0
    terms = (
        Term("input", prompt - cached, price.input_mc),
        Term("cached", cached, price.cached_mc or 0),
        Term("output", completion - reasoning, price.output_mc),
        Term("reasoning", reasoning, price.reasoning_mc or 0),
    )
    return Cost(tuple(term for term in terms if term.quantity), TOKENS_PER_RATE)


def price_images(price: ImagePrice | CallPrice, count: int, choice: str) -> Cost:
    """Return what pictures (or calls) of one choice cost; raises PriceInvalid when the choice has no rate."""
    rates = price.per_image_mc if isinstance(price, ImagePrice) else price.per_call_mc
    return Cost((Term("images" if price.kind == "image" else "calls", _bounded(count), _rate(rates, choice)),), 1)


def price_video(price: VideoPrice, seconds: int, choice: str, *, sound: bool) -> Cost:
    """Return what seconds of video cost; raises PriceInvalid when the choice has no rate."""
    rate = _rate(price.per_second_mc, choice)
    if not sound or price.sound_percent == PERCENT:
        return Cost((Term("seconds", _bounded(seconds), rate),), 1)
    return Cost((Term("seconds", _bounded(seconds), rate * price.sound_percent),), PERCENT)


def _rate(rates: Mapping[str, int], choice: str) -> int:
    rate = rates.get(choice, rates.get(DEFAULT))
    if rate is None:
        raise PriceInvalid(f"no rate for {choice}")
    return rate


def _bounded(quantity: int) -> int:
    if not 0 <= quantity <= QUANTITY_MAX:
        raise ValueError(f"a quantity of {quantity} cannot be true")
    return quantity


def to_mc(credits: object) -> object:
    """Return credits as milli-credits if they are a whole number of them; anything else as it is, to be refused."""
    if isinstance(credits, bool) or not isinstance(credits, int | Decimal):
        return credits
    exact = Decimal(credits)
    if not exact.is_finite() or exact.copy_abs() > AMOUNT_MAX_MC:
        return credits
    rounded = exact.quantize(ONE_MC)  # compared below, as arithmetic on more than 28 digits would round unseen
    return int(rounded * MC_PER_CREDIT) if rounded == exact else credits


CreditRate = Annotated[Rate, BeforeValidator(to_mc)]
"""A rate that people write in credits, with at most three decimals."""


class PriceConfig(BaseModel):
    """A price as people write it, in credits: tokens by the million, pictures, seconds of video or calls by choice."""

    model_config = ConfigDict(extra="forbid")

    input: CreditRate | None = None
    output: CreditRate | None = None
    reasoning: CreditRate | None = None
    cached: CreditRate | None = None
    per_image: dict[str, CreditRate] | None = None
    per_second: dict[str, CreditRate] | None = None
    sound_percent: StrictInt | None = None
    per_call: dict[str, CreditRate] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "PriceConfig":
        self.to_price()
        return self

    def to_price(self) -> Price:
        """Return the price; raises ValueError when it mixes kinds or is incomplete."""
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        for kind, needed, optional, rates in _FORMS:
            if needed <= given <= needed | optional:
                return _PRICE.validate_python({"kind": kind, **{rates[name]: getattr(self, name) for name in given}})
        raise ValueError("a price has input and output, or per_image, or per_second, or per_call")


_FORMS: tuple[tuple[str, set[str], set[str], dict[str, str]], ...] = (
    (
        "tokens",
        {"input", "output"},
        {"reasoning", "cached"},
        {name: f"{name}_mc" for name in ("input", "output", "reasoning", "cached")},
    ),
    ("image", {"per_image"}, set(), {"per_image": "per_image_mc"}),
    ("video", {"per_second"}, {"sound_percent"}, {"per_second": "per_second_mc", "sound_percent": "sound_percent"}),
    ("call", {"per_call"}, set(), {"per_call": "per_call_mc"}),
)
