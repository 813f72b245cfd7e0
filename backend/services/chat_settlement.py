"""What an answer costs: how it ended, what was used, the frozen price of that, and what the table makes of it."""

from dataclasses import dataclass
from typing import Any

from backend.core.pricing import Cost, TokenPrice, TokenUsage, price_tokens
from backend.models import MessageStatus
from backend.services.adapters.base import ErrorKind
from backend.services.charging import Situation, decide_charge
from backend.services.chat_run import ChatRun
from backend.services.message_ai_helpers import settle_usage


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of an answer in money and tokens; ``usage`` is None when nothing was written."""

    situation: Situation
    usage: dict[str, int | bool] | None
    result: dict[str, Any] | None
    charge_mc: int


def settle_answer(run: ChatRun, status: MessageStatus) -> Settlement:
    """Return what a run that ended in ``status`` is charged: never more than its hold."""
    wrote = bool(run.content or run.reasoning)
    usage = settle_usage(run.usage, run.history, run.content, run.reasoning) if wrote else None
    situation = _situation(run, status, wrote=wrote, counted=bool(usage and usage["estimated"]))
    cost = _cost(run.price, usage)
    charge_mc = decide_charge(situation, held_mc=run.held_mc, cost_mc=cost.amount_mc if cost else 0)
    return Settlement(situation, usage, cost.to_json() if cost else None, charge_mc or 0)


def _situation(run: ChatRun, status: MessageStatus, *, wrote: bool, counted: bool) -> Situation:
    match status:
        case MessageStatus.STOPPED:
            return Situation.STOPPED if wrote else Situation.STOPPED_EARLY
        case MessageStatus.COMPLETE:
            return Situation.COMPLETE_COUNTED if counted else Situation.COMPLETE
        case _ if run.stop_status is MessageStatus.INTERRUPTED:
            return Situation.PROCESS_DIED
        case _ if run.error and run.error["code"] == ErrorKind.MODERATION:
            return Situation.MODERATED
        case _:
            return Situation.FAILED if wrote else Situation.FAILED_EARLY


def _cost(price: TokenPrice | None, usage: dict[str, int | bool] | None) -> Cost | None:
    if price is None or usage is None:
        return None
    tokens = TokenUsage(
        prompt=usage["prompt_tokens"],
        completion=usage["completion_tokens"],
        reasoning=usage["reasoning_tokens"],
        cached=usage["cached_tokens"],
    )
    return price_tokens(price, tokens)
