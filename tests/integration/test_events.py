"""What changes is told: by every command, in its own transaction, to every device, without gaps."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import NotFound
from backend.core.ids import new_id
from backend.repositories import message_repository
from backend.services.conversation_service import ConversationService
from backend.services.event_service import EventService
from tests.support.devices import PATIENCE_S, device, last_seq, told
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp
from tests.support.state import read_state, replay, summary
from tests.support.turns import begin, finish, hammer

MODEL = "demo/demo-swift"


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def told_by(person: Person, method: str, path: str, body: object = None, **headers: str) -> list[dict[str, Any]]:
    """Return the events that a command wrote; it must succeed."""
    before = await last_seq(person)
    status, answer = await person.call(method, path, body, **headers)
    assert status < 300, answer
    return await told(person, before)


# --- what is told ---


async def test_a_new_account_tells_its_first_credits(anna: Person) -> None:
    events = await told(anna)

    assert [(event["seq"], event["type"]) for event in events] == [(1, "credits.changed")]
    assert events[0]["data"] == await anna.get("/api/credits")


async def test_a_conversation_is_told_as_the_api_shows_it(anna: Person) -> None:
    made = await told_by(anna, "POST", "/api/conversations", {})
    path = f"/api/conversations/{made[0]['data']['id']}"
    assert (kinds(made), made[0]["data"]) == (["conversation.changed"], await anna.get(path))

    renamed = await told_by(anna, "PATCH", path, {"title": "Tea"})
    assert (kinds(renamed), renamed[0]["data"]) == (["conversation.changed"], await anna.get(path))
    assert await told_by(anna, "PATCH", path, {"title": "Tea"}) == []


async def test_a_turn_tells_its_beginning_and_its_end(anna: Person, faults: Faults) -> None:
    await faults.order(silence_after=3)
    conversation = await anna.conversation()
    before = await last_seq(anna)
    stream = await anna.ask("Write 100 words", conversation=conversation)
    for _ in range(3):
        await stream.next("delta")
    begun = await told(anna, before)
    assert kinds(begun) == ["credits.changed", "message.changed", "message.changed", "conversation.changed"]
    question, answer = (event["data"] for event in begun[1:3])
    assert (question["role"], answer["role"], answer["status"]) == ("user", "assistant", "streaming")
    assert begun[3]["data"] == await anna.get(f"/api/conversations/{conversation}")
    assert begun[3]["data"]["running"] is True

    ended = await told_by(anna, "POST", f"/api/messages/{answer['id']}/stop")
    assert sorted(kinds(ended)) == ["conversation.changed", "credits.changed", "message.changed"]
    stored = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"]
    shown = {event["type"]: event["data"] for event in ended}
    assert [question, shown["message.changed"]] == [summary(message) for message in stored]
    assert shown["conversation.changed"] == await anna.get(f"/api/conversations/{conversation}")
    assert shown["conversation.changed"]["running"] is False
    assert shown["credits.changed"] == await anna.get("/api/credits")


async def test_text_that_is_still_being_written_is_not_told(anna: Person, faults: Faults, app: RunningApp) -> None:
    await faults.order(silence_after=3)
    stream = await anna.ask("Write 100 words")
    answer = (await stream.next("started"))["answer"]["id"]
    for _ in range(3):
        await stream.next("delta")
    before = await last_seq(anna)

    async with app.container.database.unit_of_work() as db:
        await message_repository.checkpoint(db, app.container.runs.owner_id, [(UUID(answer), "longer", "", 4)], [])
    assert await told(anna, before) == []
    await anna.call("POST", f"/api/messages/{answer}/stop")


async def test_deleting_a_message_tells_what_took_its_place(anna: Person) -> None:
    conversation = await anna.conversation()
    first = (await (await anna.ask("echo: one", conversation=conversation)).all())[-1]["answer"]
    await (await anna.ask("echo: two", conversation=conversation, parent_id=first["id"])).all()

    events = await told_by(anna, "DELETE", f"/api/messages/{first['id']}")
    stored = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"]
    assert [(event["type"], event["data"]["id"]) for event in events] == [
        ("message.changed", stored[1]["id"]),
        ("message.deleted", first["id"]),
    ]
    assert events[0]["data"] == summary(stored[1])
    assert events[1]["data"]["conversation_id"] == conversation

    events = await told_by(anna, "DELETE", f"/api/messages/{stored[2]['id']}")
    assert kinds(events) == ["message.deleted", "conversation.changed"]
    assert events[1]["data"] == await anna.get(f"/api/conversations/{conversation}")


async def test_deleting_a_conversation_is_one_event(anna: Person) -> None:
    conversation = await anna.conversation()
    await (await anna.ask("echo: one", conversation=conversation)).all()

    events = await told_by(anna, "DELETE", f"/api/conversations/{conversation}")
    assert [(event["type"], event["data"]) for event in events] == [("conversation.deleted", {"id": conversation})]


async def test_credits_given_by_an_admin_are_told_to_whoever_gets_them(anna: Person, ben: Person) -> None:
    before = await last_seq(ben)
    body = {"amount_mc": 5_000, "reason": "a gift"}
    path = f"/api/admin/users/{ben.user['id']}/grants"

    assert await told_by(anna, "POST", path, body, Idempotency_Key="a-key-of-mine") == []
    assert await told_by(anna, "POST", path, body, Idempotency_Key="a-key-of-mine") == []
    events = await told(ben, before)
    assert [(event["type"], event["data"]) for event in events] == [("credits.changed", await ben.get("/api/credits"))]


async def test_what_is_refused_or_repeated_tells_nothing(anna: Person) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages"
    body = {"content": "echo: once", "model_id": MODEL}
    await anna.call("POST", path, body, Idempotency_Key="a-key-of-mine")
    before = await last_seq(anna)

    assert (await anna.call("POST", path, body, Idempotency_Key="a-key-of-mine"))[0] == 201
    assert (await anna.call("POST", path, {**body, "content": "stale"}))[0] == 409
    assert (await anna.call("POST", path, {**body, "model_id": "demo/none", "branch": True}))[0] == 404
    assert await told(anna, before) == []


async def test_what_is_rolled_back_was_never_told_and_leaves_no_gap(anna: Person, app: RunningApp) -> None:
    before = await last_seq(anna)
    with pytest.raises(NotFound):
        await make_and_fail(app.container.database, app.container.settings, UUID(anna.user["id"]))
    await anna.conversation()

    assert [event["seq"] for event in await told(anna, before)] == [before + 1]


async def make_and_fail(database: Database, settings: Settings, user_id: UUID) -> None:
    async with database.unit_of_work() as db:
        await ConversationService(db, settings).create_conversation(user_id)
        raise NotFound


async def test_several_changes_of_one_transaction_tell_the_last_state(anna: Person, app: RunningApp) -> None:
    before = await last_seq(anna)
    async with app.container.database.unit_of_work() as db:
        service = ConversationService(db, app.container.settings)
        kept = await service.create_conversation(UUID(anna.user["id"]))
        gone = await service.create_conversation(UUID(anna.user["id"]))
        await service.update_conversation_title(kept.id, "first", is_custom=True)
        await service.update_conversation_title(kept.id, "second", is_custom=True)
        await service.delete_conversation(gone.id)

    events = await told(anna, before)
    assert [(event["type"], event["data"].get("title")) for event in events] == [
        ("conversation.changed", "second"),
        ("conversation.deleted", None),
    ]


async def test_answers_of_a_process_that_died_are_told_by_whoever_ends_them(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    await faults.order(silence_after=1)
    stream = await anna.ask("wait")
    answer = (await stream.next("started"))["answer"]["id"]
    before = await last_seq(anna)
    async with app.container.database.unit_of_work() as db:
        await message_repository.leave(db, app.container.runs.owner_id)
        assert await message_repository.interrupt_orphans(db, new_id(), [], timeout_s=60) == [UUID(answer)]

    events = {event["type"]: event["data"] for event in await told(anna, before)}
    assert events["message.changed"]["status"] == "interrupted"
    assert events["conversation.changed"]["running"] is False
    assert events["credits.changed"]["held_mc"] == 0
    await anna.call("POST", f"/api/messages/{answer}/stop")


async def test_a_commit_says_whom_it_told_something_and_a_rollback_does_not(
    anna: Person, app: RunningApp, settings: Settings, postgres_url: str
) -> None:
    hints: list[dict[UUID, int]] = []
    database = Database(postgres_url, settings, lambda told: hints.append(dict(told)))
    user_id, before = UUID(anna.user["id"]), await last_seq(anna)
    with pytest.raises(NotFound):
        await make_and_fail(database, settings, user_id)
    async with database.unit_of_work() as db:
        await ConversationService(db, settings).create_conversation(user_id)
        await ConversationService(db, settings).create_conversation(user_id)
        assert hints == []
    async with database.unit_of_work() as db:
        await ConversationService(db, settings).get_conversation_list(user_id)
    await database.close()

    assert hints == [{user_id: before + 1}]


# --- order ---


async def test_under_a_hammer_the_log_has_no_gap_and_tells_the_state_of_the_tables(
    anna: Person, app: RunningApp
) -> None:
    user_id = UUID(anna.user["id"])
    async with device(anna, app, after=0) as phone:
        await asyncio.gather(*(hammer(app, user_id, seed, rounds=12) for seed in range(6)))
        end = await last_seq(anna)
        heard = [message async for message in listen(phone, end)]

    assert [event["seq"] for event in heard] == list(range(1, end + 1))
    assert heard == await told(anna)
    assert replay(heard) == await read_state(app, user_id)


async def listen(phone: Any, end: int) -> AsyncIterator[dict[str, Any]]:
    assert (await phone.next())["type"] == "hello"
    seq = 0
    while seq < end:
        message = await phone.next()
        seq = message["seq"]
        yield message


async def test_a_change_that_is_told_after_an_answer_ended_knows_that_it_ended(
    anna: Person, app: RunningApp, postgres_url: str
) -> None:
    user_id, conversation = UUID(anna.user["id"]), UUID(await anna.conversation())
    database, owner = app.container.database, app.container.runs.owner_id
    answer = await begin(database, user_id, conversation, owner)
    assert answer is not None
    with psycopg.connect(postgres_url) as blocker:
        blocker.execute("SELECT FROM event_counters WHERE user_id = %s FOR UPDATE", [user_id])
        ending = asyncio.create_task(finish(database, user_id, answer, owner))
        await waiting_for_locks(postgres_url, 1)
        renaming = asyncio.create_task(anna.call("PATCH", f"/api/conversations/{conversation}", {"title": "Tea"}))
        await waiting_for_locks(postgres_url, 2)
        blocker.commit()
        await asyncio.gather(ending, renaming)

    last = (await told(anna))[-1]["data"]
    assert (last["title"], last["running"]) == ("Tea", False)


async def waiting_for_locks(postgres_url: str, count: int) -> None:
    """Return once so many transactions wait for a row that another one holds."""
    query = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(PATIENCE_S), await psycopg.AsyncConnection.connect(postgres_url) as connection:
        while True:
            await connection.rollback()
            if await (await connection.execute(query)).fetchone() == (count,):
                return
            await asyncio.sleep(0.01)


async def test_a_snapshot_with_its_number_and_the_events_after_it_miss_nothing(anna: Person, app: RunningApp) -> None:
    async with app.container.database.unit_of_work() as db:
        seq = await EventService(db).snapshot_seq(UUID(anna.user["id"]))
        rows, _ = await ConversationService(db, app.container.settings).get_conversation_list(UUID(anna.user["id"]))
    conversation = await anna.conversation()

    assert rows == []
    assert [event["data"]["id"] for event in await told(anna, seq)] == [conversation]
