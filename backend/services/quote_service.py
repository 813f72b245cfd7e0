"""What something may cost, before it is done: the same functions that hold it later, without holding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.errors import ModelUnavailable, NotFound
from backend.core.pricing import TOKENS_PER_RATE, Cost, PriceInvalid, Term, read_price
from backend.repositories import credit_repository as ledger
from backend.repositories import price_repository as prices
from backend.services.adapters.base import OptionValue
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.media_plan import MediaOrder, OrderedShot
from backend.services.price_service import token_price
from backend.services.storyboard_plan import price_of_order, runs_as_chain

ANY_WORDS = "…"


@dataclass(frozen=True, slots=True)
class Quote:
    """The most that is held, how it comes about, and whether the account covers it."""

    model_id: str
    maximum: Cost
    price_version: int
    available_mc: int
    affordable: bool
    answer_tokens: int
    limited: bool
    chain: bool = False


def answer_length(model: ModelDescriptor, settings: Settings) -> dict[str, int]:
    """Return how long an answer may get (``tokens_max``), and the shortest that is worth beginning (``tokens_min``)."""
    own = model.capabilities.max_output_tokens
    most = min(own, settings.answer_tokens_max) if own is not None else settings.answer_tokens_max
    return {"tokens_max": most, "tokens_min": min(settings.answer_tokens_min, most)}


class QuoteService:
    """Quotes, in one unit of work; nothing is written."""

    def __init__(self, db: AsyncSession, settings: Settings) -> None:
        self._db = db
        self._settings = settings

    async def quote_chat(
        self, user_id: UUID, model: ModelDescriptor, *, conversation_id: UUID | None, content_bytes: int
    ) -> Quote:
        """Return what sending so many bytes at the end of a conversation (or of a new one) would hold.

        Raises NotFound for a conversation that is not the user's, ModelUnavailable for a model without a price.
        """
        size = 0, 0
        if conversation_id is not None:
            found = await prices.size_of_prompt(
                self._db,
                conversation_id,
                user_id,
                messages_max=self._settings.history_messages_max - 1,
                chars_max=self._settings.history_chars_max,
            )
            if found is None:
                raise NotFound
            size = found
        length = answer_length(model, self._settings)
        hold = await prices.hold_of_turn(
            self._db, user_id=user_id, model_id=model.id, bytes_=size[0] + content_bytes, messages=size[1] + 1, **length
        )
        return self._read(model, hold, length["tokens_max"])

    async def quote_media(
        self,
        user_id: UUID,
        model: ModelDescriptor,
        options: Mapping[str, OptionValue],
        shot_seconds: Sequence[int],
        chain: bool | None = None,
    ) -> Quote:
        """Return what beginning a media task would hold. Raises ModelUnavailable for a model without a price for it.

        Raises OptionRefused for a storyboard that cannot run as it is wished.
        """
        row = await prices.find_current(self._db, model.id)
        account = await ledger.find_account(self._db, user_id)
        if row is None or account is None:
            raise ModelUnavailable
        shots = tuple(OrderedShot(ANY_WORDS, seconds) for seconds in shot_seconds)
        order = MediaOrder(model.id, ANY_WORDS, options, (), shots, chain if shots else None)
        as_chain = runs_as_chain(model, order, {})
        try:
            cost = price_of_order(read_price(row.formula), model, order, chain=as_chain)
        except PriceInvalid:
            raise ModelUnavailable from None
        return Quote(
            model_id=model.id,
            maximum=cost,
            price_version=row.version,
            available_mc=account.available_mc,
            affordable=cost.amount_mc <= account.available_mc,
            answer_tokens=0,
            limited=False,
            chain=as_chain,
        )

    @staticmethod
    def _read(model: ModelDescriptor, hold: prices.TurnHold, tokens_max: int) -> Quote:
        if hold.outcome == "model_unavailable":
            raise ModelUnavailable
        price = token_price(hold.formula)
        answer_tokens = hold.answer_tokens or 0
        terms = (
            Term("input", hold.prompt_tokens or 0, price.input_mc),
            Term("output", answer_tokens, max(price.output_mc, price.reasoning_mc or 0)),
        )
        return Quote(
            model_id=model.id,
            maximum=Cost(terms, TOKENS_PER_RATE),
            price_version=hold.price_version or 0,
            available_mc=(hold.balance or 0) - (hold.held or 0),
            affordable=hold.outcome == "held",
            answer_tokens=answer_tokens,
            limited=answer_tokens < tokens_max,
        )
