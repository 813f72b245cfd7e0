"""A thousand charges at changing prices: each is computed again, exactly, from nothing but what the API says of it."""

import math
import re
from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

import pytest

from backend.api.routes.credits import show_cost
from backend.core.pricing import AMOUNT_MAX_MC, QUANTITY_MAX, TokenPrice
from backend.repositories import credit_repository
from backend.schemas.credit import TransactionDetail
from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError, Usage
from backend.services.credit_service import CreditService
from backend.services.message_service import wait_for_end
from backend.services.message_stream_service import MessageStreamService
from backend.services.price_service import PriceService
from tests.support.ledger import SqlLedger
from tests.support.script import Script, ScriptedRegistry
from tests.support.server import Person, RunningApp

CHARGES, SAMPLE, SEED = 1_000, 25, 17
MODELS = ("demo/demo-swift", "demo/demo-thinker", "demo-openai/demo-scribe")
TERM = re.compile(r"(\d+) × (\d+)")
CHARGED = {"complete", "complete_counted", "stopped"}


class Turns:
    """Turns with random prices, usages and ends, always the same ones."""

    def __init__(self, app: RunningApp, user_id: UUID, conversation: str) -> None:
        parts = app.container
        self.database, self.runs = parts.database, parts.runs
        self.registry = ScriptedRegistry(parts.registry)
        self.streams = MessageStreamService(parts.database, self.registry, parts.runs, parts.remote, parts.settings)  # type: ignore[arg-type]
        self.user_id, self.conversation_id = user_id, UUID(conversation)
        self.random = Random(SEED)
        self.expected: dict[UUID, dict[str, int]] = {}
        """The price that was in force when each charge was held for."""
        self.in_force: dict[str, TokenPrice] = {}

    async def change_price(self) -> None:
        """Put a random price of a random model in force."""
        more = {name: self.random.choice((None, 0, self.rate())) for name in ("reasoning_mc", "cached_mc")}
        price = TokenPrice(kind="tokens", input_mc=self.rate(), output_mc=self.rate(), **more)
        model_id = self.random.choice(MODELS)
        async with self.database.unit_of_work() as db:
            await PriceService(db).set_price(model_id, price, actor_id=None)
        self.in_force[model_id] = price

    async def take_one(self) -> None:
        """Ask, let the script answer, and let the price change before the end now and then."""
        model_id, script = self.random.choice(list(self.in_force)), self.write_script()
        self.registry.script = script
        stream = await self.streams.send_message_stream(
            self.conversation_id, self.user_id, "word " * self.random.randint(1, 50), model_id, branch=True
        )
        price = self.in_force[model_id]
        if self.random.random() < 0.1:
            await self.change_price()
        if script.falls_silent:
            await script.silent.wait()
            await self.runs.stop(UUID(stream.answer["id"]))
        await wait_for_end(self.streams, stream)
        self.expected[UUID(stream.answer["credits"]["transaction_id"])] = price.model_dump()

    def rate(self) -> int:
        return self.random.choice((1, 7, 60_000, self.random.randint(1, 10**7)))

    def quantity(self) -> int:
        return self.random.choice((0, 1, 9, self.random.randint(0, 5_000), QUANTITY_MAX))

    def write_script(self) -> Script:
        """Return an answer: some text, thoughts and usage, an end of some kind."""
        number = lambda: self.random.choice((0, 1, 9, self.random.randint(0, 5_000), QUANTITY_MAX))  # noqa: E731
        usage = self.random.choice((None, Usage(number(), number()), Usage(number(), number(), number(), number())))
        text = ChatCompletionChunk(
            text="answer " * self.random.randint(1, 300), reasoning=self.random.choice(("", "?"))
        )
        chunks = [text, ChatCompletionChunk(finish_reason="stop", usage=usage)]
        match self.random.choice(("end",) * 6 + ("silent", "error", "nothing")):
            case "silent":
                return Script(chunks[: self.random.randint(1, 2)], falls_silent=True)
            case "error":
                return Script(chunks, error=ProviderError(ErrorKind.BROKEN))
            case "nothing":
                return Script(())
            case _:
                return Script(chunks)


@pytest.fixture
async def turns(app: RunningApp, anna: Person) -> Turns:
    user_id = UUID(anna.user["id"])
    async with app.container.database.unit_of_work() as db:
        await CreditService(db).grant_credits(user_id, AMOUNT_MAX_MC, "enough")
    turns = Turns(app, user_id, await anna.conversation())
    while set(turns.in_force) != set(MODELS):
        await turns.change_price()
    return turns


def explain(detail: dict[str, Any]) -> int:
    """Return what a charge has to be, computed with fractions from its price and its usage."""
    price, usage = detail["price"], detail["usage"]
    if detail["situation"] not in CHARGED:
        return 0
    rates = {name: price[f"{name}_mc"] for name in ("input", "output", "reasoning", "cached")}
    cached = usage["cached_tokens"] if rates["cached"] is not None else 0
    thoughts = usage["reasoning_tokens"] if rates["reasoning"] is not None else 0
    cost = (
        (usage["prompt_tokens"] - cached) * rates["input"]
        + cached * (rates["cached"] or 0)
        + (usage["completion_tokens"] - thoughts) * rates["output"]
        + thoughts * (rates["reasoning"] or 0)
    )
    return min(math.ceil(Fraction(cost, 1_000_000)), int(detail["held_mc"]))


def check(detail: dict[str, Any], frozen: dict[str, int]) -> None:
    """Hold every number of an explained charge against the others."""
    assert {name: detail["price"].get(name) for name in frozen} == frozen
    charge_mc = explain(detail)
    assert detail["amount_mc"] == -charge_mc
    assert detail["state"] == ("settled" if charge_mc else "returned")
    for cost, limit in ((detail["estimate"], None), (detail["result"], detail["held_mc"])):
        if cost is not None:
            assert cost["amount_mc"] == read_formula(cost["formula"])
            assert limit is None or detail["situation"] not in CHARGED or charge_mc == min(cost["amount_mc"], limit)
    assert detail["estimate"]["amount_mc"] == detail["held_mc"]
    hold, end = detail["entries"]
    assert (hold["step"], hold["amount_mc"], hold["held_change_mc"]) == ("hold", 0, detail["held_mc"])
    assert (end["amount_mc"], end["held_change_mc"]) == (-charge_mc, -detail["held_mc"])


def read_formula(formula: str) -> int:
    """Compute a formula as it is shown."""
    divisor, amount = re.findall(r"/ (\d+) ↑ (\d+)$", formula)[0]
    exact = Fraction(sum(int(quantity) * int(rate) for quantity, rate in TERM.findall(formula)), int(divisor))
    assert math.ceil(exact) == int(amount)
    return int(amount)


@pytest.mark.timeout(120)
async def test_a_thousand_charges_are_explained_to_the_last_digit(
    turns: Turns, anna: Person, app: RunningApp, ledger: SqlLedger
) -> None:
    seen = Counter[str]()
    for _ in range(CHARGES):
        if turns.random.random() < 0.05:
            await turns.change_price()
        await turns.take_one()
    async with app.container.database.unit_of_work() as db:
        for transaction_id, price in turns.expected.items():
            found = await credit_repository.find_transaction(db, transaction_id, turns.user_id)
            assert found is not None
            costs = {name: show_cost(found[name]) for name in ("estimate", "result")}
            detail = TransactionDetail.model_validate({**found, **costs}).model_dump(mode="json")
            check(detail, price)
            seen[
                f"{detail['situation']}, {'at the hold' if -detail['amount_mc'] == detail['held_mc'] else 'below'}"
            ] += 1
    for transaction_id in turns.random.sample(list(turns.expected), SAMPLE):
        check(await anna.get(f"/api/credits/transactions/{transaction_id}"), turns.expected[transaction_id])

    print(dict(sorted(seen.items())))
    assert len(turns.expected) == CHARGES
    for situation in ("complete", "complete_counted", "stopped", "failed", "failed_early"):
        assert seen[f"{situation}, below"] >= 10, situation
    assert seen["complete, at the hold"] >= 10
    assert ledger.faults() == []
