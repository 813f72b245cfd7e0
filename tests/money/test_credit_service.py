"""The ledger through its service: what it refuses and how it says so, and hundreds of calls against the model."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import (
    AmountInvalid,
    AppError,
    HoldReturned,
    HoldSettled,
    IdempotencyMismatch,
    InsufficientCredits,
    NotFound,
    OverHold,
)
from backend.core.ids import new_id
from backend.core.pricing import AMOUNT_MAX_MC
from backend.models import TransactionKind
from backend.services.credit_service import CreditService, credit_lock, get_credit_service
from backend.workers.sweepers import sweep_holds
from tests.support.ledger import SqlLedger
from tests.support.ledger_model import Account, LedgerModel

START_MC = 10_000
WRONG_AMOUNTS = [0, -1, AMOUNT_MAX_MC + 1, 2**63, 10**300, 1.0, 0.5, float("nan"), float("inf"), "1", "1e3", True, None]


@pytest.fixture
def user_id(ledger: SqlLedger) -> UUID:
    return ledger.open_account(START_MC)


async def in_a_unit(database: Database, command: Callable[[CreditService], Awaitable[object]]) -> object:
    async with database.unit_of_work() as db:
        return await command(get_credit_service(db))


@pytest.mark.parametrize("wrong", WRONG_AMOUNTS, ids=repr)
async def test_an_amount_that_is_none_is_refused_before_sql(database: Database, user_id: UUID, wrong: object) -> None:
    for command in (
        lambda credits: credits.lock_credits(new_id(), user_id, wrong, "x"),
        lambda credits: credits.deduct_atomic(user_id, wrong, "x"),
        lambda credits: credits.grant_credits(user_id, wrong, "x"),
    ):
        with pytest.raises(AmountInvalid):
            await in_a_unit(database, command)


@pytest.mark.parametrize("wrong", [wrong for wrong in WRONG_AMOUNTS if wrong is not None], ids=repr)
async def test_a_charge_that_is_no_amount_is_refused_and_holds_on(
    database: Database, ledger: SqlLedger, user_id: UUID, wrong: object
) -> None:
    held = str(await in_a_unit(database, lambda credits: credits.lock_credits(new_id(), user_id, 500, "x")))

    with pytest.raises(AmountInvalid):
        await in_a_unit(database, lambda credits: credits.confirm_deduct(held, wrong))  # type: ignore[arg-type]
    assert ledger.transactions()[UUID(held)] == ("held", 500, 0)


async def test_a_refusal_says_what_is_needed_what_there_is_and_what_holds_the_rest(
    database: Database, user_id: UUID
) -> None:
    small, large = new_id(), new_id()
    for task_id, amount in ((small, 1_000), (large, 6_000)):
        await in_a_unit(database, lambda credits, t=task_id, a=amount: credits.lock_credits(t, user_id, a, "x"))

    with pytest.raises(InsufficientCredits) as caught:
        await in_a_unit(database, lambda credits: credits.deduct_atomic(user_id, 3_001, "x"))
    assert caught.value.params == {
        "needed_mc": 3_001,
        "available_mc": 3_000,
        "held_mc": 7_000,
        "held_by": [str(large), str(small)],
    }


async def test_nobody_has_an_account_that_does_not_exist(database: Database) -> None:
    nobody = new_id()
    for command in (
        lambda credits: credits.get_balance(nobody),
        lambda credits: credits.lock_credits(new_id(), nobody, 1, "x"),
        lambda credits: credits.grant_credits(nobody, 1, "x"),
        lambda credits: credits.confirm_deduct(new_id()),
        lambda credits: credits.refund_credits(new_id()),
    ):
        with pytest.raises(NotFound):
            await in_a_unit(database, command)


async def test_a_lock_around_work_charges_it_when_it_ends_well(
    database: Database, ledger: SqlLedger, user_id: UUID
) -> None:
    async with credit_lock(database, new_id(), user_id, 4_000, "work") as held:
        assert ledger.accounts()[user_id][:2] == (START_MC, 4_000)
        held.charge_mc = 1_500

    assert ledger.accounts()[user_id][:2] == (START_MC - 1_500, 0)


async def test_a_lock_whose_work_turned_out_free_charges_nothing(
    database: Database, ledger: SqlLedger, user_id: UUID
) -> None:
    async with credit_lock(database, new_id(), user_id, 4_000, "work") as held:
        held.charge_mc = 0

    assert ledger.accounts()[user_id][:2] == (START_MC, 0)


@pytest.mark.parametrize("end", [RuntimeError, asyncio.CancelledError, KeyError])
async def test_a_lock_whose_work_breaks_off_returns_everything(
    database: Database, ledger: SqlLedger, user_id: UUID, end: type[BaseException]
) -> None:
    with pytest.raises(end):
        async with credit_lock(database, new_id(), user_id, 4_000, "work"):
            raise end

    assert ledger.accounts()[user_id][:2] == (START_MC, 0)


async def test_a_lock_that_was_swept_meanwhile_says_so_and_charges_nothing(
    database: Database, ledger: SqlLedger, user_id: UUID
) -> None:
    with pytest.raises(HoldReturned):
        async with credit_lock(database, new_id(), user_id, 4_000, "work") as held:
            assert ledger.expire(UUID(held.transaction_id)) == "1"

    assert ledger.accounts()[user_id][:2] == (START_MC, 0)


async def test_a_task_whose_hold_has_ended_gets_no_second_one(database: Database, user_id: UUID) -> None:
    task_id = new_id()
    async with credit_lock(database, task_id, user_id, 4_000, "work"):
        pass

    with pytest.raises(HoldSettled):
        async with credit_lock(database, task_id, user_id, 4_000, "work"):
            pytest.fail("this work would be paid by nobody")


async def test_the_sweeper_returns_what_is_past_its_time_and_nothing_else(
    database: Database, ledger: SqlLedger, user_id: UUID, settings: Settings
) -> None:
    def held_for(seconds: float) -> Callable[[CreditService], Awaitable[str]]:
        return lambda credits: credits.lock_credits(new_id(), user_id, 100, "x", ttl_s=seconds)

    past = UUID(str(await in_a_unit(database, held_for(-1))))
    future = UUID(str(await in_a_unit(database, held_for(3_600))))

    await sweep_holds(database, settings)
    assert ledger.transactions()[past][0] == "returned"
    assert ledger.transactions()[future][0] == "held"


async def test_a_clock_that_jumps_in_this_process_makes_nothing_overdue(
    database: Database, ledger: SqlLedger, user_id: UUID, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_a_unit(database, lambda credits: credits.lock_credits(new_id(), user_id, 100, "x", ttl_s=60))
    monkeypatch.setattr("backend.core.clock.utc_now", lambda: datetime(2200, 1, 1, tzinfo=UTC))

    await sweep_holds(database, settings)
    assert ledger.accounts()[user_id][1] == 100


OUTCOMES: dict[type[AppError], str] = {
    HoldSettled: "already_settled",
    HoldReturned: "already_returned",
    OverHold: "over_hold",
    InsufficientCredits: "insufficient",
    IdempotencyMismatch: "mismatch",
    NotFound: "not_found",
}
WELL = {
    "lock": {"held", "repeated"},
    "confirm": {"settled", "already_settled"},
    "refund": {"returned", "already_returned"},
    "change": {"done", "repeated"},
}
"""What the model says where the service just returns: a repetition of what succeeded succeeds."""
CALLS = 800
REACHED_AT_LEAST = {
    "lock ok": 50, "lock insufficient": 20, "lock mismatch": 5, "lock already_settled": 2, "lock already_returned": 2,
    "confirm ok": 50, "confirm over_hold": 5, "confirm already_returned": 5, "refund ok": 20,
    "refund already_settled": 5, "change ok": 50, "change insufficient": 5, "change mismatch": 2, "swept": 5,
}  # fmt: skip


async def test_hundreds_of_calls_do_what_the_model_says(
    database: Database, ledger: SqlLedger, user_id: UUID, settings: Settings
) -> None:
    walk = Walk(database, ledger, user_id)
    for _ in range(CALLS):
        await walk.step(settings)

    print(dict(sorted(walk.seen.items())))
    assert {what: walk.seen[what] for what, least in REACHED_AT_LEAST.items() if walk.seen[what] < least} == {}


class Walk:
    """A walk through the service that always takes the same way."""

    def __init__(self, database: Database, ledger: SqlLedger, user_id: UUID) -> None:
        self.database, self.ledger, self.user_id = database, ledger, user_id
        self.model = LedgerModel({user_id: Account(START_MC, 0, 1)})
        self.random = Random(8)
        self.seen: Counter[str] = Counter()

    async def step(self, settings: Settings) -> None:
        """Do one thing in both, and compare."""
        kind = self.random.choice(["lock"] * 3 + ["confirm"] * 2 + ["refund", "change", "change", "sweep"])
        if kind == "sweep":
            await self.sweep(settings)
        else:
            expected, command = getattr(self, kind)()
            said = await self.outcome(command)
            assert said == ("ok" if expected in WELL[kind] else expected), (kind, expected)
            self.seen[f"{kind} {said}"] += 1
        account = self.model.accounts[self.user_id]
        assert self.ledger.accounts()[self.user_id] == (account.balance_mc, account.held_mc, account.entries)
        assert self.ledger.faults() == []

    async def outcome(self, command: Callable[[CreditService], Awaitable[object]]) -> str:
        try:
            await in_a_unit(self.database, command)
        except AppError as error:
            return OUTCOMES[type(error)]
        return "ok"

    def lock(self) -> tuple[str, Callable[[CreditService], Awaitable[object]]]:
        ended = self.charges()
        again = self.random.choice(ended) if ended and self.random.random() < 0.3 else None
        task_id = UUID(self.model.transactions[again].key.removeprefix("task:")) if again else new_id()
        usual = self.model.available(self.user_id) * self.random.choice([5, 30, 110]) // 100
        amount = self.model.transactions[again].held_mc + self.random.choice([0, 0, 1]) if again else usual or 1
        expected = self.model.lock(task_id, self.user_id, amount, f"task:{task_id}")
        return expected, lambda credits: self.keep_id(credits, task_id, amount)

    async def keep_id(self, credits: CreditService, task_id: UUID, amount: int) -> None:
        """Hold, and let the model call the hold by the id that it got."""
        held = UUID(await credits.lock_credits(task_id, self.user_id, amount, "x"))
        if task_id in self.model.transactions:
            self.model.transactions[held] = self.model.transactions.pop(task_id)

    def confirm(self) -> tuple[str, Callable[[CreditService], Awaitable[object]]]:
        held = self.any_charge()
        done = self.model.transactions.get(held)
        amount = max(1, (done.held_mc if done else 1) * self.random.choice([1, 50, 100, 150]) // 100)
        return self.model.end(held, amount), lambda credits: credits.confirm_deduct(str(held), amount)

    def refund(self) -> tuple[str, Callable[[CreditService], Awaitable[object]]]:
        held = self.any_charge()
        return self.model.end(held, 0), lambda credits: credits.refund_credits(str(held))

    def change(self) -> tuple[str, Callable[[CreditService], Awaitable[object]]]:
        kind = self.random.choice([TransactionKind.GRANT, TransactionKind.ADJUST, TransactionKind.DEDUCT])
        amount = self.random.choice([1, 700, 2_000]) * (1 if kind is TransactionKind.GRANT else -1)
        key = f"key {self.random.randint(1, 150)}"
        expected = self.model.change(new_id(), self.user_id, kind, amount, key)
        return expected, lambda credits: credits.change_balance(self.user_id, kind, amount, "x", key=key)

    async def sweep(self, settings: Settings) -> None:
        """Let a hold be overdue, and run the worker's sweep."""
        held = self.any_charge()
        self.ledger.connection.execute(
            "UPDATE credit_transactions SET expires_at = now() - interval '1 s' WHERE id = %s", [held]
        )
        self.seen["swept"] += int(self.model.expire(held))
        await sweep_holds(self.database, settings)

    def charges(self) -> list[UUID]:
        return [key for key, done in self.model.transactions.items() if done.kind == "charge"][-8:]

    def any_charge(self) -> UUID:
        return self.random.choice([*self.charges(), new_id()])
