"""Credits as the API shows them. Amounts are whole milli-credits (``_mc``; 1000 are one credit)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from backend.core.pricing import AMOUNT_MAX_MC, CallPrice, ImagePrice, TokenPrice, VideoPrice
from backend.schemas.base import Input, Line, Output, Text
from backend.schemas.conversation import ModelId

OptionIn = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=2_000)]
Options = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], OptionIn],
    Field(max_length=40, examples=[{"aspect_ratio": "16:9"}]),
]
"""Options of a media model by name; which there are stands in the catalogue."""
PriceOut = Annotated[TokenPrice | ImagePrice | VideoPrice | CallPrice, Field(discriminator="kind")]
Reason = Annotated[Line, Field(min_length=1, max_length=200, examples=["Monthly budget of the design team"])]
PositiveAmount = Annotated[StrictInt, Field(ge=1, le=AMOUNT_MAX_MC, examples=[50_000])]
SignedAmount = Annotated[StrictInt, Field(ge=-AMOUNT_MAX_MC, le=AMOUNT_MAX_MC, examples=[-1_500])]


class CreditsOut(Output):
    """An account: ``balance_mc`` includes what is held, ``available_mc`` does not."""

    available_mc: int
    held_mc: int
    balance_mc: int


class TransactionOut(Output):
    """One thing that happened to an account; ``amount_mc`` is what the balance changed by.

    A charge begins as a hold (``held``) and ends once: ``settled`` (a part was charged) or ``returned``.
    ``situation`` names the row of the charging rules that ended it.
    """

    id: UUID
    kind: Literal["charge", "grant", "deduct", "adjust"]
    state: Literal["held", "settled", "returned"]
    held_mc: int
    amount_mc: int
    reason: str
    situation: str | None
    subject_type: Literal["message", "task"] | None
    subject_id: UUID | None
    conversation_id: UUID | None
    model_id: str | None
    created_at: datetime
    ended_at: datetime | None


class TermOut(Output):
    """One line of a formula."""

    name: str
    quantity: int
    rate_mc: int


class CostOut(Output):
    """A computation: the sum of quantity times rate over the divisor, rounded up; ``formula`` is the same in words."""

    terms: list[TermOut]
    divisor: int
    amount_mc: int
    formula: str


class EntryOut(Output):
    """One movement, with the account after it."""

    seq: int
    step: Literal["hold", "settle", "return", "grant", "deduct", "adjust"]
    amount_mc: int
    held_change_mc: int
    balance_after_mc: int
    held_after_mc: int
    created_at: datetime


class TransactionDetail(TransactionOut):
    """A transaction with all that explains it: estimate, hold, reported usage, price version, formula, result."""

    price: PriceOut | None
    price_version: int | None
    estimate: CostOut | None
    usage: dict[str, int | bool] | None
    result: CostOut | None
    entries: list[EntryOut]


class QuoteRequest(Input):
    """What is about to be sent: for chat the length of the text in bytes of UTF-8, for media the options and shots."""

    model_id: ModelId
    conversation_id: UUID | None = None
    content_bytes: Annotated[StrictInt, Field(ge=0, le=1_000_000, examples=[120])] = 0
    options: Options = Field(default_factory=dict)
    shot_seconds: list[Annotated[StrictInt, Field(ge=1, le=60)]] = Field(default_factory=list, max_length=20)
    chain: StrictBool | None = None
    """A storyboard as a chain of clips, or in one call; null: in one call where the model can do this one so."""


class QuoteOut(Output):
    """The most that would be held. ``limited``: the answer would be shorter than usual, as the credits allow it.

    ``chain``: a storyboard would be a chain of clips.
    """

    model_id: str
    maximum: CostOut
    price_version: int
    available_mc: int
    affordable: bool
    answer_tokens: int
    limited: bool
    chain: bool


class ChargingRuleOut(Output):
    """A row of the charging rules: what became of something, and what its hold then pays."""

    number: int
    situation: str
    rule: Literal["usage", "counted", "price", "nothing", "keep", "unchanged"]


class GrantCreate(Input):
    """Credits for an account."""

    amount_mc: PositiveAmount
    reason: Reason


class AdjustmentCreate(Input):
    """A correction of an account, up or down; what is held stays covered."""

    amount_mc: SignedAmount
    reason: Reason


class PriceChange(Input):
    """A new price of a model, in force from now on."""

    model_id: ModelId
    price: PriceOut


class PriceSchemeOut(Output):
    """How a media model can be priced: by which kinds, for each choice of which option, and whether sound counts."""

    kinds: list[Literal["image", "video", "call"]]
    option: str | None
    choices: list[str]
    sound: bool


class ModelPriceOut(Output):
    """A model and its price in force; null: the model cannot be used until it has one.

    ``scheme`` is null for models that answer: they are priced by their tokens.
    """

    model_id: str
    name: str
    provider: str
    mode: Literal["chat", "image", "video"]
    price: PriceOut | None
    version: int | None
    source: Literal["config", "admin"] | None
    since: datetime | None
    scheme: PriceSchemeOut | None


class AuditOut(Output):
    """A line of the audit log."""

    id: UUID
    actor_id: UUID | None
    action: str
    target: str
    details: dict[str, object]
    request_id: str
    created_at: datetime


class ScopeUse(Output):
    """How many run, and how many may."""

    active: int
    limit: int


class KindLimits(Output):
    """The limits of one kind; ``conversation`` is null when none was named. ``reason`` names the limit that is full."""

    kind: Literal["chat", "image", "video"]
    user: ScopeUse
    conversation: ScopeUse | None
    allowed: bool
    reason: Literal["user", "conversation"] | None
    running: list[UUID]


class LimitsOut(Output):
    """What runs and what may run, by kind; and how many media tasks have not ended, waiting ones too."""

    kinds: list[KindLimits]
    unfinished: int
    conversation_unfinished: int | None


AuditAction = Annotated[Text, Field(max_length=60)]
