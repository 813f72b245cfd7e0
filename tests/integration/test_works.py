"""One's works: what tasks made, listed with where it came from, page by page; and when it may not be deleted."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from backend.core.config import Settings
from tests.support.media import png, stored
from tests.support.server import Person

FRAME, REEL = "demo/nano-banana-2", "demo/kling-3.0/video"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"poll_factor": 0.02, "sweep_s": 0.3})


async def works(person: Person, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.get(f"/api/assets?made=true{query}"))["items"]
    return found


@pytest.mark.usefixtures("worker")
async def test_a_work_tells_where_it_came_from_and_an_upload_is_none(anna: Person) -> None:
    conversation = await anna.conversation()
    turn = await anna.make("A tea house in mist", conversation_id=conversation)
    task = await anna.finished(turn["task"]["id"])
    upload = await stored(anna, png())

    (work,) = await works(anna)
    assert {**work, "origin": None} == {**task["assets"][0], "origin": None}
    assert work["origin"] == {
        "task_id": task["id"],
        "model_id": FRAME,
        "conversation_id": conversation,
        "message_id": turn["answer"]["id"],
        "prompt": "A tea house in mist",
    }
    everything = (await anna.get("/api/assets"))["items"]
    assert [(item["id"], item["origin"] is None) for item in everything] == [(upload["id"], True), (work["id"], False)]


@pytest.mark.usefixtures("worker")
async def test_works_are_newest_first_by_page_by_kind_and_by_model(anna: Person, ben: Person) -> None:
    made = [await anna.finished((await anna.make(f"Tea house {number}"))["task"]["id"]) for number in range(3)]
    clip = await anna.finished((await anna.make(model=REEL, options={"seconds": 3}))["task"]["id"])
    ids = [task["assets"][0]["id"] for task in (clip, *reversed(made))]

    first = await anna.get("/api/assets?made=true&limit=3")
    rest = await anna.get(f"/api/assets?made=true&limit=3&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None
    assert [item["id"] for item in await works(anna, "&kind=video")] == ids[:1]
    assert [item["id"] for item in await works(anna, "&kind=image")] == ids[1:]
    assert [item["id"] for item in (await anna.get(f"/api/assets?model_id={FRAME}"))["items"]] == ids[1:]
    assert await works(anna, "&model_id=demo/none") == []
    assert await works(ben) == []


@pytest.mark.usefixtures("worker")
async def test_works_outlast_their_conversation(anna: Person) -> None:
    conversation = await anna.conversation()
    await anna.finished((await anna.make(conversation_id=conversation))["task"]["id"])
    assert (await anna.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200

    (work,) = await works(anna)
    assert (work["origin"]["conversation_id"], work["origin"]["message_id"]) == (None, None)
    assert (await anna.get(f"/api/tasks/{work['origin']['task_id']}"))["prompt"] == "A tea house"


@pytest.mark.usefixtures("worker")
async def test_shots_and_their_film_lead_to_the_same_message(anna: Person) -> None:
    shots = [{"prompt": "Rain", "seconds": 3}, {"prompt": "A lamp", "seconds": 3}]
    body = {"conversation_id": await anna.conversation(), "shots": shots, "chain": True}
    turn = await anna.make("", model=REEL, **body)
    await anna.finished(turn["task"]["id"])

    film, *clips = await works(anna)
    assert [work["origin"]["message_id"] for work in (film, *clips)] == [turn["answer"]["id"]] * 3
    assert film["origin"]["prompt"] == "Rain"
    assert {clip["origin"]["prompt"] for clip in clips} == {"Rain", "A lamp"}


async def test_what_something_is_being_made_from_is_not_deleted(anna: Person) -> None:
    picture = await stored(anna, png())
    reference = {"asset_id": picture["id"], "role": "reference"}
    task = (await anna.make(references=[reference]))["task"]

    status, problem = await anna.call("DELETE", f"/api/assets/{picture['id']}")
    assert (status, problem["code"]) == (409, "asset_in_use")
    assert (await anna.call("POST", f"/api/tasks/{task['id']}/cancel"))[0] == 200
    assert (await anna.call("DELETE", f"/api/assets/{picture['id']}"))[0] == 200
    assert (await anna.call("DELETE", f"/api/assets/{uuid4()}"))[0] == 404


@pytest.mark.usefixtures("worker")
async def test_a_page_of_works_is_read_from_its_index(anna: Person, settings: Settings) -> None:
    await anna.finished((await anna.make())["task"]["id"])
    address = settings.database_url
    assert address is not None
    query = (
        "EXPLAIN SELECT a.id FROM assets a WHERE a.user_id = %s AND a.id < %s AND a.task_id IS NOT NULL"
        " ORDER BY a.id DESC LIMIT 61"
    )
    async with await psycopg.AsyncConnection.connect(address.get_secret_value()) as db:
        await db.execute("SET enable_seqscan = off")
        await db.execute("SET enable_sort = off")
        plan = "\n".join(row[0] for row in await (await db.execute(query, (anna.user["id"], uuid4()))).fetchall())
    assert "assets_works_idx" in plan
