"""Conversations that are pinned or archived, lists of them, and several deleted at once."""

from typing import Any
from uuid import uuid4

from tests.support.devices import told
from tests.support.server import Person


async def change(person: Person, conversation: str, **changes: Any) -> dict[str, Any]:
    status, changed = await person.call("PATCH", f"/api/conversations/{conversation}", changes)
    assert status == 200, changed
    answer: dict[str, Any] = changed
    return answer


async def listed(person: Person, query: str = "", limit: int = 100) -> list[str]:
    """Return the ids of a whole list, read page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = await person.get(f"/api/conversations?limit={limit}{query}{f'&cursor={cursor}' if cursor else ''}")
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def test_pinned_ones_stand_first_and_archived_ones_apart(anna: Person) -> None:
    a, b, c, d, e = [await anna.conversation() for _ in range(5)]
    for conversation in (a, c):
        assert (await change(anna, conversation, pinned=True))["pinned"]
    for conversation in (b, e):
        assert (await change(anna, conversation, archived=True))["archived"]

    for limit in (1, 2, 100):
        assert await listed(anna, limit=limit) == [c, a, d]
        assert await listed(anna, "&archived=true", limit=limit) == [e, b]


async def test_what_is_pinned_is_not_archived_and_the_other_way_round(anna: Person) -> None:
    conversation = await anna.conversation()
    await change(anna, conversation, pinned=True)
    put_away = await change(anna, conversation, archived=True)
    assert (put_away["pinned"], put_away["archived"]) == (False, True)
    taken_out = await change(anna, conversation, pinned=True)
    assert (taken_out["pinned"], taken_out["archived"]) == (True, False)
    loose = await change(anna, conversation, pinned=False, title="Named")
    assert (loose["pinned"], loose["archived"], loose["title"]) == (False, False, "Named")

    for nonsense in ({"pinned": True, "archived": True}, {"pinned": None}, {"pinned": 1}, {}):
        assert (await anna.call("PATCH", f"/api/conversations/{conversation}", nonsense))[0] == 422


async def test_whoever_writes_in_an_archived_conversation_takes_it_out(anna: Person) -> None:
    conversation = await anna.conversation()
    end = (await (await anna.ask("echo: one", conversation=conversation)).all())[-1]
    await change(anna, conversation, archived=True)
    await anna.call("DELETE", f"/api/messages/{end['answer']['id']}")
    assert (await anna.get(f"/api/conversations/{conversation}"))["archived"]

    leaf = (await anna.get(f"/api/conversations/{conversation}"))["leaf_id"]
    started = await (await anna.ask("echo: two", conversation=conversation, parent_id=leaf)).next("started")
    assert started["conversation"]["archived"] is False
    assert await listed(anna) == [conversation]


async def test_other_devices_are_told(anna: Person) -> None:
    conversation = await anna.conversation()
    await change(anna, conversation, pinned=True)

    last = [event for event in await told(anna) if event["type"] == "conversation.changed"][-1]
    assert last["data"] == await anna.get(f"/api/conversations/{conversation}")


async def test_several_are_deleted_at_once_and_again_changes_nothing(anna: Person, ben: Person) -> None:
    mine = [await anna.conversation() for _ in range(3)]
    kept = await anna.conversation()
    foreign = await ben.conversation()
    body = {"ids": [*mine, mine[0], foreign, str(uuid4())]}

    assert await anna.call("POST", "/api/conversations/delete", body) == (200, {"ids": mine})
    assert await anna.call("POST", "/api/conversations/delete", body) == (200, {"ids": []})
    assert await listed(anna) == [kept]
    assert await listed(ben) == [foreign]
    for nonsense in ([], ["x"], [str(uuid4())] * 101):
        assert (await anna.call("POST", "/api/conversations/delete", {"ids": nonsense}))[0] == 422
