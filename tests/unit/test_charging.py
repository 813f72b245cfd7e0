"""Who pays when: every row of the table through the function that decides, and every end of an answer to its row."""

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backend.core.ids import new_id
from backend.core.pricing import QUANTITY_MAX, TokenPrice
from backend.models import MessageStatus
from backend.schemas.credit import ChargingRuleOut
from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError, Usage
from backend.services.charging import RULES, TABLE, ChargingRow, Rule, Situation, decide_charge
from backend.services.chat_run import ChatRun
from backend.services.chat_settlement import settle_answer

HELD_MC, COST_MC = 1_000, 640
OUTCOME: Mapping[Rule, int | None] = {
    Rule.USAGE: COST_MC,
    Rule.COUNTED: COST_MC,
    Rule.PRICE: COST_MC,
    Rule.NOTHING: 0,
    Rule.KEEP: None,
    Rule.UNCHANGED: None,
}
WRITTEN = {
    1: {"usage"}, 2: {"counted"}, 3: {"nothing"}, 4: {"counted"}, 5: {"keep"}, 6: {"nothing"}, 7: {"nothing"},
    8: {"nothing"}, 9: {"nothing"}, 10: {"price"}, 11: {"nothing"}, 12: {"nothing"}, 13: {"nothing", "keep"},
    14: {"keep", "nothing"}, 15: {"keep", "nothing"}, 16: {"unchanged"}, 17: {"keep"},
}  # fmt: skip
"""The table as the documentation has it, number by number."""
PRICE = TokenPrice(kind="tokens", input_mc=60_000, output_mc=500_000)


def named(row: ChargingRow) -> str:
    return f"{row.number} {row.situation}"


@pytest.mark.parametrize("row", TABLE, ids=named)
def test_a_situation_charges_what_its_row_says(row: ChargingRow) -> None:
    assert decide_charge(row.situation, held_mc=HELD_MC, cost_mc=COST_MC) == OUTCOME[row.rule]


@pytest.mark.parametrize("row", TABLE, ids=named)
@pytest.mark.parametrize(("cost_mc", "charge_mc"), [(HELD_MC + 1, HELD_MC), (10**300, HELD_MC), (0, 0), (-1, 0)])
def test_no_situation_charges_more_than_the_hold_or_pays_anyone(row: ChargingRow, cost_mc: int, charge_mc: int) -> None:
    charges = OUTCOME[row.rule] == COST_MC
    expected = charge_mc if charges else OUTCOME[row.rule]

    assert decide_charge(row.situation, held_mc=HELD_MC, cost_mc=cost_mc) == expected


@hypothesis_settings(derandomize=True, database=None)
@given(st.sampled_from(Situation), st.integers(0, 10**12), st.integers(-(10**15), 10**15))
def test_a_charge_stays_within_the_hold(situation: Situation, held_mc: int, cost_mc: int) -> None:
    charge_mc = decide_charge(situation, held_mc=held_mc, cost_mc=cost_mc)

    assert charge_mc is None or 0 <= charge_mc <= held_mc


def test_every_situation_has_one_row_and_every_number_its_rules() -> None:
    assert sorted(row.situation for row in TABLE) == sorted(Situation)
    assert len(RULES) == len(TABLE)
    assert {
        number: {str(row.rule) for row in TABLE if row.number == number} for number in {row.number for row in TABLE}
    } == WRITTEN


def test_the_api_can_say_every_rule() -> None:
    assert set(get_args(ChargingRuleOut.model_fields["rule"].annotation)) == {str(rule) for rule in Rule}


def run_of(
    *chunks: ChatCompletionChunk, held_mc: int = 10_000, price: TokenPrice = PRICE, tokens_max: int = 1_000
) -> ChatRun:
    """Return an answer that was held for, to a question of eight estimated tokens, with these chunks taken in."""
    credits = {"transaction_id": str(UUID(int=7)), "held_mc": held_mc, "charged_mc": None, "tokens_max": tokens_max}
    answer: dict[str, Any] = {"id": str(new_id()), "conversation_id": str(new_id()), "credits": credits}
    run = ChatRun(answer, user_id=new_id(), history=[{"role": "user", "content": "q" * 32}], price=price)
    for chunk in chunks:
        run.apply(chunk)
    return run


TEXT = ChatCompletionChunk(text="word" * 100)
END = ChatCompletionChunk(finish_reason="stop")
REPORTED = ChatCompletionChunk(usage=Usage(50, 200))
BLOCKED = ChatCompletionChunk(finish_reason="content_filter")
REPORTED_MC, COUNTED_MC = 103, 51  # 3 + 100; 0.48 + 50 rounded up


def broken(run: ChatRun, kind: ErrorKind = ErrorKind.BROKEN) -> ChatRun:
    run.fail(ProviderError(kind))
    return run


def halted(run: ChatRun, status: MessageStatus) -> ChatRun:
    run.stop_status = status
    return run


@pytest.mark.parametrize(
    ("run", "situation", "charge_mc"),
    [
        pytest.param(run_of(TEXT, END, REPORTED), Situation.COMPLETE, REPORTED_MC, id="1 usage reported"),
        pytest.param(run_of(TEXT, END), Situation.COMPLETE_COUNTED, COUNTED_MC, id="2 usage missing"),
        pytest.param(halted(run_of(), MessageStatus.STOPPED), Situation.STOPPED_EARLY, 0, id="3 nothing yet"),
        pytest.param(
            halted(run_of(REPORTED), MessageStatus.STOPPED), Situation.STOPPED_EARLY, 0, id="3 usage, but no token"
        ),
        pytest.param(halted(run_of(TEXT), MessageStatus.STOPPED), Situation.STOPPED, COUNTED_MC, id="4 counted"),
        pytest.param(
            halted(run_of(TEXT, REPORTED), MessageStatus.STOPPED), Situation.STOPPED, REPORTED_MC, id="4 reported"
        ),
        pytest.param(broken(run_of()), Situation.FAILED_EARLY, 0, id="6 error before text"),
        pytest.param(broken(run_of(), ErrorKind.TIMEOUT), Situation.FAILED_EARLY, 0, id="6 time-out before text"),
        pytest.param(broken(run_of(TEXT, REPORTED)), Situation.FAILED, 0, id="7 error after text"),
        pytest.param(
            halted(run_of(TEXT, REPORTED), MessageStatus.INTERRUPTED), Situation.PROCESS_DIED, 0, id="8 going down"
        ),
        pytest.param(run_of(TEXT, BLOCKED, REPORTED), Situation.MODERATED, 0, id="9 blocked at the end"),
        pytest.param(broken(run_of(TEXT), ErrorKind.MODERATION), Situation.MODERATED, 0, id="9 blocked by an error"),
        pytest.param(run_of(TEXT, END, REPORTED, held_mc=60), Situation.COMPLETE, 60, id="1 at most the hold"),
        pytest.param(run_of(TEXT, END, held_mc=1), Situation.COMPLETE_COUNTED, 1, id="2 at most the hold"),
        pytest.param(run_of(END, REPORTED), Situation.FAILED_EARLY, 0, id="6 an empty answer"),
    ],
)
def test_every_end_of_an_answer_finds_its_row(run: ChatRun, situation: Situation, charge_mc: int) -> None:
    settlement = settle_answer(run, run.outcome())

    assert (settlement.situation, settlement.charge_mc) == (situation, charge_mc)


numbers = st.none() | st.integers(-1, 10) | st.sampled_from([QUANTITY_MAX, QUANTITY_MAX + 1, 2**62, -(2**62)])


@hypothesis_settings(derandomize=True, database=None, max_examples=400)
@given(numbers, numbers, numbers, numbers, st.booleans(), st.sampled_from(["", "thought " * 5]))
def test_whatever_usage_is_reported_an_answer_can_be_settled_within_its_hold(
    prompt: int | None, completion: int | None, reasoning: int | None, cached: int | None, dear: bool, thoughts: str
) -> None:
    price = PRICE.model_copy(update={"reasoning_mc": 10**10, "cached_mc": 0} if dear else {})
    usage = Usage(prompt, completion, reasoning, cached)
    run = run_of(ChatCompletionChunk(reasoning=thoughts), TEXT, END, ChatCompletionChunk(usage=usage), price=price)

    settlement = settle_answer(run, run.outcome())
    assert 0 <= settlement.charge_mc <= run.held_mc
    assert settlement.usage is not None
    assert all(0 <= number <= QUANTITY_MAX for number in settlement.usage.values())
    assert settlement.usage["reasoning_tokens"] <= settlement.usage["completion_tokens"]
    assert settlement.usage["cached_tokens"] <= settlement.usage["prompt_tokens"]


def test_reported_thoughts_are_not_believed_where_the_whole_they_are_part_of_is_missing() -> None:
    alone = ChatCompletionChunk(usage=Usage(reasoning_tokens=90_000_000))
    run = run_of(TEXT, END, alone)

    settlement = settle_answer(run, run.outcome())
    assert (settlement.situation, settlement.charge_mc) == (Situation.COMPLETE_COUNTED, COUNTED_MC)
