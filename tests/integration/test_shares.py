"""Shares: a conversation as it was, its bytes for as long as the share lives, and its ends."""

from uuid import uuid4

import psycopg

from backend.core.config import Settings
from backend.repositories import asset_repository
from backend.workers.sweepers import sweep_shares
from tests.support.media import png, stored
from tests.support.server import Person, RunningApp, run_app, sign_up
from tests.support.sharing import fetch, picture_talk, problem_of, reading, share, stranger, talk


async def test_a_share_shows_the_conversation_as_it_was(app: RunningApp, anna: Person) -> None:
    where = await talk(anna, "echo: **Oolong**")
    made = await share(anna, where)
    messages = (await anna.get(f"/api/conversations/{where}/messages"))["items"]
    await (await anna.ask("echo: later", conversation=where, parent_id=messages[-1]["id"])).all()
    messages = (await anna.get(f"/api/conversations/{where}/messages"))["items"]
    status, _ = await anna.call("PATCH", f"/api/conversations/{where}", {"title": "Another title"})
    assert status == 200
    for message in reversed(messages):
        assert (await anna.call("DELETE", f"/api/messages/{message['id']}"))[0] == 200

    async with stranger(app) as reader:
        shown = await reader.get(reading(made))

    assert [(m["role"], m["status"]) for m in shown["messages"]] == [("user", "complete"), ("assistant", "complete")]
    assert shown["messages"][0]["content"] == "echo: **Oolong**"
    assert "**Oolong**" in shown["messages"][1]["content"]
    assert shown["title"] != "Another title"


async def test_a_share_holds_the_branch_that_was_asked_for(app: RunningApp, anna: Person) -> None:
    where = await talk(anna, "echo: first")
    first = (await anna.get(f"/api/conversations/{where}/messages"))["items"]
    await (await anna.ask("echo: second", conversation=where, parent_id=None, branch=True)).all()
    old = await share(anna, where, leaf_id=first[-1]["id"])
    new = await share(anna, where)

    async with stranger(app) as reader:
        shown = [(await reader.get(reading(made)))["messages"][0]["content"] for made in (old, new)]

    assert shown == ["echo: first", "echo: second"]


async def test_nothing_of_a_share_tells_whose_it_is(app: RunningApp, anna: Person) -> None:
    where = await talk(anna, "Hello")
    made = await share(anna, where)
    messages = (await anna.get(f"/api/conversations/{where}/messages"))["items"]

    async with stranger(app) as reader:
        _status, _headers, body = await fetch(reader, reading(made))

    for secret in (anna.user["id"], anna.user["email"], anna.user["display_name"], where, *[m["id"] for m in messages]):
        assert secret.encode() not in body
    for name in (b"reasoning", b"credits", b"usage", b"user_id", b"model_id", b"error"):
        assert name not in body


async def test_a_shared_picture_outlives_the_message_and_the_asset(
    app: RunningApp, anna: Person, worker: None, empty_database: str
) -> None:
    where, picture = await picture_talk(anna)
    made = await share(anna, where)
    shown = picture["id"]
    status, _headers, before = await fetch(anna, f"/api/assets/{shown}/content")
    assert status == 200
    assert (await anna.call("DELETE", f"/api/assets/{shown}"))[0] == 200
    forget_claims(empty_database)
    await app.container.assets.delete_unreferenced()

    async with stranger(app) as reader:
        path = f"{reading(made)}/assets/{shown}"
        status, headers, after = await fetch(reader, path)
        thumbnail = await fetch(reader, f"{path}?part=thumbnail")
        part = await fetch(reader, path, Range="bytes=0-3")
        known = await fetch(reader, path, If_None_Match=headers["ETag"])

    assert (status, after) == (200, before)
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (thumbnail[0], thumbnail[1]["Content-Type"]) == (200, "image/webp")
    assert (part[0], part[2]) == (206, before[:4])
    assert known[0] == 304
    assert (await anna.call("GET", f"/api/assets/{shown}"))[0] == 404

    assert (await anna.call("DELETE", f"/api/me/shares/{made['id']}"))[0] == 200
    assert await app.container.assets.delete_unreferenced() >= 1


async def test_bytes_that_only_a_share_needs_count_towards_its_owners_quota(
    app: RunningApp, anna: Person, worker: None
) -> None:
    where, picture = await picture_talk(anna)
    made = await share(anna, where)
    again = await share(anna, where)
    used = [await used_bytes(app, anna)]
    await anna.call("DELETE", f"/api/assets/{picture['id']}")
    used.append(await used_bytes(app, anna))
    await anna.call("DELETE", f"/api/me/shares/{made['id']}")
    used.append(await used_bytes(app, anna))
    await anna.call("DELETE", f"/api/me/shares/{again['id']}")
    used.append(await used_bytes(app, anna))

    size = picture["size_bytes"]
    assert used == [size, size, size, 0]


async def used_bytes(app: RunningApp, person: Person) -> int:
    async with app.container.database.unit_of_work() as db:
        return await asset_repository.used_bytes(db, person.user["id"])


def forget_claims(url: str) -> None:
    """Let every stored object look as if nobody had touched it for a year."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE stored_objects SET touched_at = now() - interval '1 year'")


async def test_only_what_the_share_shows_is_served(app: RunningApp, anna: Person, worker: None) -> None:
    where, picture = await picture_talk(anna)
    elsewhere = await stored(anna, png((60, 60)))
    made, other = await share(anna, where), await share(anna, await talk(anna, "Hello"))

    async with stranger(app) as reader:
        for path in (
            f"{reading(made)}/assets/{elsewhere['id']}",
            f"{reading(made)}/assets/{uuid4()}",
            f"{reading(other)}/assets/{picture['id']}",
            f"{reading(made)}/assets/{picture['id']}?part=poster",
        ):
            assert (await problem_of(reader, path))[0] == 404, path
        assert (await reader.call("GET", f"/api/assets/{picture['id']}/content"))[0] == 401


async def test_revoked_expired_unknown_and_deleted_are_the_same_404(
    app: RunningApp, anna: Person, ben: Person, empty_database: str
) -> None:
    where, other = await talk(anna, "Hello"), await talk(anna, "Hello")
    revoked, expired, gone = await share(anna, where), await share(anna, where, "day"), await share(anna, other)
    disabled = await share(ben, await talk(ben, "Hello"))
    await anna.call("DELETE", f"/api/me/shares/{revoked['id']}")
    await anna.call("DELETE", f"/api/conversations/{other}")
    await anna.call("PATCH", f"/api/admin/users/{ben.user['id']}", {"status": "disabled"})
    expire(empty_database, expired["id"])

    async with stranger(app) as reader:
        answers = [await problem_of(reader, reading(made)) for made in (revoked, expired, gone, disabled)]
        answers += [await problem_of(reader, f"/api/shares/{token}") for token in ("x", "x" * 43, "x" * 5000, "%00")]
        listed = (await anna.get("/api/me/shares"))["items"]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 404
    assert listed == []


def expire(url: str, share_id: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE shares SET expires_at = now() - interval '1 s' WHERE id = %s", (share_id,))


async def test_a_sweep_removes_what_has_expired(
    app: RunningApp, anna: Person, settings: Settings, empty_database: str
) -> None:
    where = await talk(anna, "Hello")
    made, kept = await share(anna, where, "week"), await share(anna, where, "forever")
    expire(empty_database, made["id"])
    await sweep_shares(app.container.database, settings)

    with psycopg.connect(empty_database) as connection:
        left = connection.execute("SELECT id::text FROM shares").fetchall()
    assert left == [(kept["id"],)]
    assert kept["expires_at"] is None


async def test_the_number_of_shares_and_their_size_are_bounded(settings: Settings, app: RunningApp) -> None:
    small = app.container.settings.model_copy(
        update={"max_shares_per_user": 2, "share_bytes_max": 2000, "share_messages_max": 4}
    )
    async with run_app(small) as bounded:
        person = await sign_up(bounded)
        where = await talk(person, "Hello")
        long, many = await talk(person, "echo: " + "x" * 1500), await talk(person, *["echo: a"] * 3)
        empty = await person.conversation()
        refused = []
        for conversation in (long, many, empty):
            path = f"/api/conversations/{conversation}/shares"
            status, problem = await person.call("POST", path, {"lifetime": "day"})
            refused.append((status, problem["code"], problem["params"].get("reason")))
        await share(person, where)
        await share(person, where)
        status, problem = await person.call("POST", f"/api/conversations/{where}/shares", {"lifetime": "day"})
        await person.close()

    assert refused == [
        (413, "conversation_too_large", "bytes"),
        (413, "conversation_too_large", "messages"),
        (409, "nothing_to_share", None),
    ]
    assert (status, problem["code"]) == (429, "too_many_shares")


async def test_a_repeated_command_makes_one_share(anna: Person) -> None:
    where = await talk(anna, "Hello")
    path, key = f"/api/conversations/{where}/shares", uuid4().hex
    first = await anna.call("POST", path, {"lifetime": "day"}, Idempotency_Key=key)
    second = await anna.call("POST", path, {"lifetime": "day"}, Idempotency_Key=key)

    assert first == second
    assert len(await anna.get(path)) == 1


async def test_readers_are_counted_by_their_address(settings: Settings, app: RunningApp) -> None:
    few = app.container.settings.model_copy(update={"share_reads_per_minute": 3})
    async with run_app(few) as counted, stranger(counted) as reader:
        statuses = [(await problem_of(reader, "/api/shares/none"))[0] for _ in range(5)]

    assert statuses == [404, 404, 404, 429, 429]


async def test_pages_behind_a_link_tell_no_host_and_no_search_engine(app: RunningApp, anna: Person) -> None:
    made = await share(anna, await talk(anna, "Hello"))

    async with stranger(app) as reader:
        for path in (made["path"], made["path"].replace("/s/", "/S/"), reading(made), "/api/shares/none"):
            _status, headers, _body = await fetch(reader, path)
            assert headers["Referrer-Policy"] == "no-referrer", path
            assert headers["X-Robots-Tag"].startswith("noindex"), path
        _status, headers, _body = await fetch(reader, "/")
    assert headers["Referrer-Policy"] == "same-origin"
    assert "X-Robots-Tag" not in headers
