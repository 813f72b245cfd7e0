"""Killed at every point between holding and settling: reaper and sweeper make the ledger what the table says."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.ids import new_id
from backend.core.pricing import Cost
from backend.repositories import message_repository
from backend.services.charging import Situation
from backend.workers.sweepers import sweep_holds
from tests.support.ledger import SqlLedger
from tests.support.sandbox import Faults
from tests.support.victim import CHARGE_MC, LOCK_POINTS, TURN_POINTS

ROOT = Path(__file__).resolve().parents[2]
START_MC, HELD_MC = 100_000, 700
MODEL = "demo/demo-swift"
ANSWER, ANSWER_TOKENS, TOKENS_PER_S = "word " * 50, 100, 300
Kill = Callable[..., Awaitable[None]]


@pytest.fixture(scope="session")
async def orders() -> AsyncIterator[asyncio.subprocess.Process]:
    """The process whose children are killed; its code is loaded once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.victim",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.fixture
def kill(
    orders: asyncio.subprocess.Process, settings: Settings, empty_database: str, redis_url: str, faults: Faults
) -> Kill:
    """Run a scenario in a process of its own, up to a point."""
    urls = {"database_url": empty_database, "redis_url": redis_url, "sandbox_url": faults.url}

    async def run(scenario: str, point: str, **order: Any) -> None:
        assert orders.stdin is not None
        assert orders.stdout is not None
        named = {"scenario": scenario, "point": point, "data_dir": settings.data_dir, **urls, **order}
        orders.stdin.write(json.dumps(named, default=str).encode() + b"\n")
        assert int(await orders.stdout.readline()) == -signal.SIGKILL

    return run


async def clean_up(database: Database, settings: Settings) -> None:
    """Do what living processes do for dead ones."""
    async with database.unit_of_work() as db:
        await message_repository.interrupt_orphans(db, new_id(), [], timeout_s=0)
    await sweep_holds(database, settings)


def points(known: Iterable[str], first: str, last: str) -> list[str]:
    """Return the points from one to another, both included."""
    names = list(known)
    return names[names.index(first) : names.index(last) + 1]


async def lock_until(point: str, kill: Kill, ledger: SqlLedger) -> UUID:
    user_id = ledger.open_account(START_MC)
    await kill("lock", point, user_id=user_id, task_id=new_id(), amount_mc=HELD_MC)
    return user_id


async def test_a_lock_killed_before_its_statement_never_was(kill: Kill, ledger: SqlLedger) -> None:
    user_id = await lock_until("before the hold", kill, ledger)

    assert ledger.accounts()[user_id] == (START_MC, 0, 1)


@pytest.mark.parametrize("point", points(LOCK_POINTS, "held", "before the settlement"))
async def test_a_lock_killed_before_its_settlement_is_returned_by_the_sweeper(
    kill: Kill, database: Database, settings: Settings, ledger: SqlLedger, point: str
) -> None:
    user_id = await lock_until(point, kill, ledger)
    assert ledger.accounts()[user_id][:2] == (START_MC, HELD_MC)

    await clean_up(database, settings)
    assert ledger.accounts()[user_id][:2] == (START_MC, 0)
    assert last_charge(ledger, user_id) == ("returned", Situation.PROCESS_DIED, None)


async def test_a_lock_killed_after_its_settlement_stays_charged(
    kill: Kill, database: Database, settings: Settings, ledger: SqlLedger
) -> None:
    user_id = await lock_until("settled", kill, ledger)

    await clean_up(database, settings)
    assert ledger.accounts()[user_id][:2] == (START_MC - CHARGE_MC, 0)


async def turn_until(point: str, kill: Kill, ledger: SqlLedger, faults: Faults) -> UUID:
    await faults.order(answer=ANSWER, tokens_per_s=TOKENS_PER_S)
    user_id, conversation_id = ledger.open_account(START_MC), new_id()
    ledger.connection.execute("INSERT INTO conversations (id, user_id) VALUES (%s, %s)", [conversation_id, user_id])
    await kill("turn", point, user_id=user_id, conversation_id=conversation_id, model_id=MODEL, key="k" * 8)
    return user_id


@pytest.mark.parametrize("point", points(TURN_POINTS, "before the turn", "begun, not committed"))
async def test_a_turn_killed_before_its_commit_never_was(
    kill: Kill, ledger: SqlLedger, faults: Faults, point: str
) -> None:
    user_id = await turn_until(point, kill, ledger, faults)

    assert ledger.accounts()[user_id] == (START_MC, 0, 1)
    assert messages(ledger) == []


@pytest.mark.parametrize("point", points(TURN_POINTS, "begin committed", "before the end"))
async def test_a_turn_killed_before_its_end_keeps_its_text_and_costs_nothing(
    kill: Kill, database: Database, settings: Settings, ledger: SqlLedger, faults: Faults, point: str
) -> None:
    user_id = await turn_until(point, kill, ledger, faults)
    assert ledger.accounts()[user_id][1] > 0

    await clean_up(database, settings)
    answer = messages(ledger)[-1]
    assert ledger.accounts()[user_id][:2] == (START_MC, 0)
    assert last_charge(ledger, user_id) == ("returned", Situation.PROCESS_DIED, None)
    assert (answer["status"], answer["credits"]["charged_mc"]) == ("interrupted", 0)
    assert ANSWER.startswith(answer["content"])
    assert answer["content"] or point != "after a checkpoint"


@pytest.mark.parametrize("point", points(TURN_POINTS, "ended", "before the end is told"))
async def test_a_turn_killed_after_its_end_is_charged_by_its_usage(
    kill: Kill, database: Database, settings: Settings, ledger: SqlLedger, faults: Faults, point: str
) -> None:
    user_id = await turn_until(point, kill, ledger, faults)

    await clean_up(database, settings)
    answer, charge = messages(ledger)[-1], last_charge(ledger, user_id)
    assert charge is not None
    cost = Cost.from_json(charge[2])
    assert charge[:2] == ("settled", Situation.COMPLETE)
    assert (answer["status"], answer["content"]) == ("complete", ANSWER)
    assert [term.quantity for term in cost.terms] == [answer["usage"]["prompt_tokens"], ANSWER_TOKENS]
    assert answer["credits"]["charged_mc"] == cost.amount_mc
    assert ledger.accounts()[user_id][:2] == (START_MC - cost.amount_mc, 0)


def messages(ledger: SqlLedger) -> list[dict[str, Any]]:
    return [row[0] for row in ledger.connection.execute("SELECT to_jsonb(m) FROM messages m ORDER BY seq")]


def last_charge(ledger: SqlLedger, user_id: UUID) -> tuple[str, str, dict[str, Any]] | None:
    """Return state, situation and result of the user's charge."""
    statement = "SELECT state, situation, result FROM credit_transactions WHERE user_id = %s AND kind = 'charge'"
    return ledger.connection.execute(statement, [user_id]).fetchone()
