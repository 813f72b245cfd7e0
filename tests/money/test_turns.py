"""What a turn holds, and who may end it: as much as is afforded, at most what is told, by its owner alone."""

from typing import Any
from uuid import UUID

import pytest

from backend.core.database import Database
from backend.core.ids import new_id
from backend.repositories import message_repository
from tests.support.ledger import SqlLedger
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp

MODEL = "demo/demo-swift"
FREE = {"kind": "tokens", "input_mc": 0, "output_mc": 0}
PROMPT_TOKENS = 19  # five bytes are at most three tokens, and a message adds up to sixteen
FULL_TOKENS, LEAST_TOKENS = 8_192, 256


async def leave_only(anna: Person, ben: Person, available_mc: int) -> None:
    """Let Ben have exactly so much."""
    has_mc = (await ben.get("/api/credits"))["available_mc"]
    body = {"amount_mc": available_mc - has_mc, "reason": "test"}
    assert (await anna.call("POST", f"/api/admin/users/{ben.user['id']}/adjustments", body))[0] == 201


async def test_an_account_with_enough_holds_for_the_longest_answer(ben: Person, faults: Faults) -> None:
    end = (await (await ben.ask("Hello")).all())[-1]["answer"]

    assert end["credits"]["held_mc"] == -(-(PROMPT_TOKENS * 60_000 + FULL_TOKENS * 500_000) // 1_000_000)
    assert (end["credits"]["tokens_max"], end["credits"]["limited"]) == (FULL_TOKENS, False)
    assert (await faults.state())["last_chat"]["max_tokens"] == FULL_TOKENS


@pytest.mark.parametrize("available_mc", [130, 131, 1_000, 4_097])
async def test_a_poorer_account_gets_a_shorter_answer_and_the_provider_is_told(
    anna: Person, ben: Person, faults: Faults, available_mc: int
) -> None:
    await leave_only(anna, ben, available_mc)
    end = (await (await ben.ask("Hello")).all())[-1]["answer"]

    tokens = (available_mc * 1_000_000 - PROMPT_TOKENS * 60_000) // 500_000
    assert LEAST_TOKENS <= tokens < FULL_TOKENS
    assert (end["credits"]["tokens_max"], end["credits"]["limited"]) == (tokens, True)
    assert (await faults.state())["last_chat"]["max_tokens"] == tokens
    assert available_mc - 1 <= end["credits"]["held_mc"] <= available_mc


async def test_an_account_that_cannot_pay_for_a_short_answer_is_told_what_it_lacks(
    anna: Person, ben: Person, ledger: SqlLedger
) -> None:
    await leave_only(anna, ben, 129)
    conversation = await ben.conversation()

    body = {"content": "Hello", "model_id": MODEL}
    status, problem = await ben.call("POST", f"/api/conversations/{conversation}/messages", body)
    assert (status, problem["code"]) == (402, "insufficient_credits")
    assert problem["params"] == {"needed_mc": 130, "available_mc": 129, "held_mc": 0, "held_by": []}
    assert (await ben.get(f"/api/conversations/{conversation}/messages"))["items"] == []


async def test_an_answer_longer_than_it_was_told_is_cut_and_charged_at_most_the_hold(
    anna: Person, ben: Person, faults: Faults
) -> None:
    await leave_only(anna, ben, 130)
    await faults.order(answer="unasked " * 2_000)
    end = (await (await ben.ask("Hello")).all())[-1]["answer"]

    assert len(end["content"]) <= LEAST_TOKENS * 16 + 100
    assert end["credits"]["charged_mc"] == end["credits"]["held_mc"] == 130
    assert (await ben.get("/api/credits"))["balance_mc"] == 0


async def test_a_free_model_holds_and_charges_nothing_and_answers_the_poorest(anna: Person, ben: Person) -> None:
    await anna.call("PUT", "/api/admin/prices", {"model_id": MODEL, "price": FREE})
    await leave_only(anna, ben, 0)
    end = (await (await ben.ask("Hello")).all())[-1]["answer"]

    assert end["status"] == "complete"
    assert end["credits"] == {
        "transaction_id": None, "held_mc": 0, "charged_mc": 0, "tokens_max": FULL_TOKENS, "limited": False,
    }  # fmt: skip


async def test_a_model_without_a_price_is_unavailable_and_not_free(ben: Person, ledger: SqlLedger) -> None:
    conversation = await ben.conversation()
    ledger.connection.execute("DELETE FROM prices WHERE model_id = %s", [MODEL])

    for path, body in (
        ("/api/quotes", {"model_id": MODEL}),
        (f"/api/conversations/{conversation}/messages", {"content": "Hello", "model_id": MODEL}),
    ):
        status, problem = await ben.call("POST", path, body)
        assert (status, problem["code"]) == (404, "model_unavailable"), path


async def test_events_tell_what_is_held_and_what_is_left(ben: Person) -> None:
    events = await (await ben.ask("Hello")).all()

    started, answer = events[0], events[-1]["answer"]
    held_mc = answer["credits"]["held_mc"]
    assert (started["credits"]["held_mc"], started["credits"]["available_mc"]) == (held_mc, 200_000 - held_mc)
    (told,) = [event["credits"] for event in events if event["type"] == "credits"]
    assert told == await ben.get("/api/credits")
    assert told["balance_mc"] == 200_000 - answer["credits"]["charged_mc"]


async def running_answer(ben: Person, faults: Faults) -> dict[str, Any]:
    await faults.order(silence_after=1)
    events = await ben.ask("Hello")
    answer: dict[str, Any] = (await events.next("started"))["answer"]
    await events.next("delta")
    return answer


def finish_values(answer: dict[str, Any], user_id: UUID, owner_id: UUID) -> dict[str, Any]:
    return {
        "answer_id": UUID(answer["id"]), "user_id": user_id, "owner_id": owner_id, "status": "complete",
        "content": "forged", "reasoning": "", "usage": None, "error": None,
        "transaction_id": UUID(answer["credits"]["transaction_id"]), "charge_mc": answer["credits"]["held_mc"],
        "situation": "complete", "result": None,
    }  # fmt: skip


async def test_only_the_process_that_writes_an_answer_ends_it(
    ben: Person, faults: Faults, database: Database, ledger: SqlLedger
) -> None:
    answer = await running_answer(ben, faults)
    before = ledger.accounts()

    async with database.unit_of_work() as db:
        row, _ = await message_repository.finish_turn(db, finish_values(answer, UUID(ben.user["id"]), new_id()))
    assert row is None
    assert ledger.accounts() == before
    assert (await ben.call("POST", f"/api/messages/{answer['id']}/stop"))[1]["status"] == "stopped"


async def test_an_end_that_is_told_twice_counts_once(
    ben: Person, app: RunningApp, faults: Faults, database: Database, ledger: SqlLedger
) -> None:
    answer = await running_answer(ben, faults)
    await ben.call("POST", f"/api/messages/{answer['id']}/stop")
    before = ledger.accounts()

    async with database.unit_of_work() as db:
        values = finish_values(answer, UUID(ben.user["id"]), app.container.runs.owner_id)
        row, _ = await message_repository.finish_turn(db, values)
    assert row is None
    assert ledger.accounts() == before


async def test_the_sweeper_leaves_what_is_still_written_to_its_owner(
    ben: Person, faults: Faults, ledger: SqlLedger
) -> None:
    answer = await running_answer(ben, faults)

    assert ledger.expire(UUID(answer["credits"]["transaction_id"])) == "0"
    stopped = (await ben.call("POST", f"/api/messages/{answer['id']}/stop"))[1]
    assert stopped["credits"]["charged_mc"] > 0
