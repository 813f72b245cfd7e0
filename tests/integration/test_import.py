"""Messages that were written elsewhere, and what a model is told."""

from tests.support.server import Person

SAID = [
    {"role": "user", "content": "Which tea suits fog?"},
    {"role": "assistant", "content": "A dark one.", "model_id": "elsewhere/model"},
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "Since", "error_code": "provider_timeout"},
]


async def test_what_was_said_elsewhere_goes_on_here(anna: Person) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages"
    before = await anna.get("/api/credits")
    status, page = await anna.call("POST", f"{path}/import", {"messages": SAID})

    assert status == 201
    told = [(m["role"], m["content"], m["status"], m["error"] and m["error"]["code"]) for m in page["items"]]
    assert told == [
        ("user", "Which tea suits fog?", "complete", None),
        ("assistant", "A dark one.", "complete", None),
        ("user", "Why?", "complete", None),
        ("assistant", "Since", "interrupted", "provider_timeout"),
    ]
    assert [m["parent_id"] for m in page["items"]] == [None, *(m["id"] for m in page["items"][:-1])]
    assert (await anna.get(f"/api/conversations/{conversation}"))["title"] == "Which tea suits fog?"
    assert await anna.get("/api/credits") == before

    end = (await (await anna.ask("echo: go on", conversation=conversation, parent_id=page["leaf_id"])).all())[-1]
    assert end["answer"]["content"] == "go on"
    history = await anna.get(f"/api/conversations/{conversation}/history")
    assert [item["content"] for item in history] == [item["content"] for item in SAID] + ["echo: go on", "go on"]


async def test_one_message_that_cannot_be_keeps_all_out(anna: Person) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages"
    bad = [*SAID, {"role": "user", "content": ""}]

    assert (await anna.call("POST", f"{path}/import", {"messages": bad}))[0] == 422
    assert (await anna.get(path))["items"] == []


async def test_an_import_with_the_same_key_happens_once(anna: Person) -> None:
    conversation = await anna.conversation()
    path = f"/api/conversations/{conversation}/messages/import"

    first = await anna.call("POST", path, {"messages": SAID}, Idempotency_Key="import-once")
    again = await anna.call("POST", path, {"messages": SAID}, Idempotency_Key="import-once")
    assert first == again
    assert len((await anna.get(path.removesuffix("/import")))["items"]) == len(SAID)
