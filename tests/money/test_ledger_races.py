"""Many at once on one account, through SQL and through every route that can take credits: exactly what is there."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from backend.core.ids import new_id
from tests.support.ledger import SqlLedger, open_ledger

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 100  # the embedded server has 200 for everyone
PRICE_MC = 30
AFFORDED = 50
HAMMERS, HAMMER_CALLS = 3, 400


@pytest.fixture(scope="module")
def crowd(postgres_url: str) -> Iterator[list[SqlLedger]]:
    """As many connections as may be open at once."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_ledger(postgres_url)) for _ in range(CONNECTIONS)]


def at_once(crowd: Sequence[SqlLedger], *calls: Callable[[SqlLedger], str]) -> Counter[str]:
    """Let every connection make these calls, all beginning at the same moment; returns the outcomes."""
    barrier = Barrier(len(crowd))

    def work(ledger: SqlLedger) -> list[str]:
        barrier.wait(20)
        return [call(ledger) for call in calls]

    with ThreadPoolExecutor(len(crowd)) as threads:
        return Counter(outcome for outcomes in threads.map(work, crowd) for outcome in outcomes)


def lock_something(user_id: UUID) -> Callable[[SqlLedger], str]:
    return lambda ledger: ledger.lock(new_id(), user_id, PRICE_MC, str(new_id()))


@pytest.mark.parametrize("used", [False, True], ids=["a new account", "a used account"])
def test_of_two_hundred_locks_with_money_for_fifty_fifty_succeed(
    ledger: SqlLedger, crowd: list[SqlLedger], used: bool
) -> None:
    user_id = ledger.open_account(PRICE_MC * AFFORDED + PRICE_MC - 1)
    for _ in range(20 if used else 0):
        hold = new_id()
        assert ledger.lock(hold, user_id, PRICE_MC, str(hold)) == "held"
        assert ledger.end(hold, 0) == "returned"

    outcomes = at_once(crowd, lock_something(user_id), lock_something(user_id))
    assert outcomes == {"held": AFFORDED, "insufficient": 2 * CONNECTIONS - AFFORDED}
    assert ledger.accounts()[user_id][:2] == (PRICE_MC * AFFORDED + PRICE_MC - 1, PRICE_MC * AFFORDED)


def test_of_many_locks_with_one_key_one_holds(ledger: SqlLedger, crowd: list[SqlLedger]) -> None:
    user_id = ledger.open_account(PRICE_MC * AFFORDED)

    outcomes = at_once(crowd, lambda other: other.lock(new_id(), user_id, PRICE_MC, "the same"))
    assert outcomes == {"held": 1, "repeated": CONNECTIONS - 1}
    assert ledger.accounts()[user_id][1] == PRICE_MC


def test_of_many_ends_of_one_hold_one_counts(ledger: SqlLedger, crowd: list[SqlLedger]) -> None:
    user_id, hold = ledger.open_account(1_000), new_id()
    ledger.lock(hold, user_id, 500, "hold")
    charges = {id(other): 200 if number % 2 else 0 for number, other in enumerate(crowd)}

    outcomes = at_once(crowd, lambda other: other.end(hold, charges[id(other)]))
    ended = "settled" if outcomes["settled"] else "returned"
    assert outcomes == {ended: 1, f"already_{ended}": CONNECTIONS - 1}
    assert ledger.accounts()[user_id] == (800 if ended == "settled" else 1_000, 0, 3)


def test_of_many_sweeps_and_charges_of_overdue_holds_each_hold_ends_once(
    ledger: SqlLedger, crowd: list[SqlLedger]
) -> None:
    user_id, holds = ledger.open_account(10_000), [new_id() for _ in range(CONNECTIONS // 2)]
    for hold in holds:
        ledger.lock(hold, user_id, 100, str(hold), ttl_s=-1)
    own = {id(other): holds[number // 2] for number, other in enumerate(crowd)}
    sweepers = {id(other) for other in crowd[::2]}

    at_once(crowd, lambda other: other.expire() if id(other) in sweepers else other.end(own[id(other)], 100))
    ledger.expire()
    ended = Counter(state for state, held_mc, _amount in ledger.transactions().values() if held_mc)
    assert ended["held"] == 0
    assert ledger.accounts()[user_id] == (10_000 - 100 * ended["settled"], 0, 1 + 2 * len(holds))


def test_of_many_grants_with_one_key_one_adds(ledger: SqlLedger, crowd: list[SqlLedger]) -> None:
    user_id = ledger.open_account()

    outcomes = at_once(crowd, lambda other: other.change(new_id(), user_id, "grant", 70, "the same"))
    assert outcomes == {"done": 1, "repeated": CONNECTIONS - 1}
    assert ledger.accounts()[user_id] == (70, 0, 1)


def test_deductions_and_locks_at_once_take_no_more_than_there_is(ledger: SqlLedger, crowd: list[SqlLedger]) -> None:
    user_id = ledger.open_account(PRICE_MC * AFFORDED)

    def deduct(other: SqlLedger) -> str:
        return other.change(new_id(), user_id, "deduct", -PRICE_MC, str(new_id()))

    outcomes = at_once(crowd, deduct, lock_something(user_id))
    assert outcomes["done"] + outcomes["held"] == AFFORDED
    assert outcomes["insufficient"] == 2 * CONNECTIONS - AFFORDED


async def test_processes_that_hit_the_same_accounts_leave_a_sound_ledger(
    ledger: SqlLedger, empty_database: str
) -> None:
    users = [ledger.open_account(5_000) for _ in range(3)]
    command = [sys.executable, "-m", "tests.support.hammer", empty_database]
    children = [
        await asyncio.create_subprocess_exec(
            *command, str(seed), str(HAMMER_CALLS), *map(str, users), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for seed in range(HAMMERS)
    ]

    seen = Counter[str]()
    for child in children:
        said, _ = await child.communicate()
        assert child.returncode == 0
        seen.update(json.loads(said))
    print(dict(sorted(seen.items())))
    assert seen.total() == HAMMERS * HAMMER_CALLS
    for needed in ("lock held", "lock insufficient", "end settled", "end returned", "grant done", "deduct done"):
        assert seen[needed] >= 10, needed
    assert ledger.faults() == []
