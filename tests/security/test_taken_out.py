"""Shares and exports, as attackers look at them: other people's, planted texts and names, traces in logs."""

import io
import logging
from uuid import uuid4

import orjson
import pytest

from tests.support.media import png, stored
from tests.support.server import Person, RunningApp
from tests.support.sharing import fetch, reading, share, stranger, talk

PLANTED = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
FORMATS = ("markdown", "json", "html")
NAME = 'a"><img src=x onerror=alert(1)>\r\nX: y\u202e.png'


async def test_others_can_neither_share_list_nor_revoke_nor_export(anna: Person, ben: Person) -> None:
    where = await talk(anna, "Hello")
    made = await share(anna, where)
    own = await talk(ben, "Hello")
    leaf = (await anna.get(f"/api/conversations/{where}/messages"))["leaf_id"]

    answers = [
        await ben.call("POST", f"/api/conversations/{where}/shares", {"lifetime": "day"}),
        await ben.call("POST", f"/api/conversations/{own}/shares", {"lifetime": "day", "leaf_id": leaf}),
        await ben.call("GET", f"/api/conversations/{where}/shares"),
        await ben.call("DELETE", f"/api/me/shares/{made['id']}"),
        await ben.call("DELETE", f"/api/me/shares/{uuid4()}"),
        *[await ben.call("GET", f"/api/conversations/{where}/export?format={how}") for how in FORMATS],
        await ben.call("GET", f"/api/conversations/{own}/export?format=html&leaf_id={leaf}"),
    ]

    assert {status for status, _ in answers} == {404}
    assert (await ben.get("/api/me/shares"))["items"] == []
    assert len((await anna.get("/api/me/shares"))["items"]) == 1


async def test_a_link_only_reads(app: RunningApp, anna: Person) -> None:
    made = await share(anna, await talk(anna, "Hello"))
    async with stranger(app) as reader:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            status, _ = await reader.call(method, reading(made), {})
            assert status == 405, method
        status, headers, _body = await fetch(reader, reading(made), Cookie="latent_session=nonsense")

    assert status == 200
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [{}, {"lifetime": "year"}, {"lifetime": 1}, {"lifetime": "day", "token": "x"}])
async def test_what_is_no_share_is_refused(anna: Person, body: dict[str, object]) -> None:
    where = await talk(anna, "Hello")
    assert (await anna.call("POST", f"/api/conversations/{where}/shares", body))[0] == 422


async def test_tokens_are_long_random_and_in_no_log(app: RunningApp, anna: Person) -> None:
    where = await talk(anna, "Hello")
    shares = [await share(anna, where) for _ in range(5)]
    tokens = {str(made["path"]).removeprefix("/s/") for made in shares}
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    handler.setFormatter(root.handlers[0].formatter)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        async with stranger(app) as reader:
            for made in shares:
                await fetch(reader, str(made["path"]))
                await fetch(reader, reading(made))
                await fetch(reader, f"{reading(made)}/assets/{uuid4()}")
            await anna.call("DELETE", f"/api/me/shares/{shares[0]['id']}")
            await fetch(reader, reading(shares[0]))
        metrics = (await fetch(anna, "/metrics"))[2].decode()
        audit = orjson.dumps(await anna.get("/api/admin/audit")).decode()
    finally:
        root.setLevel(before)
        root.removeHandler(handler)

    assert len(tokens) == 5
    assert all(len(token) >= 43 for token in tokens)  # 256 bits
    assert "/api/shares/{token}" in written.getvalue()
    for token in tokens:
        assert token not in written.getvalue() + metrics + audit
    assert "share.create" in audit
    assert "share.revoke" in audit


async def test_a_failing_look_at_a_share_leaves_no_token_in_the_log(
    app: RunningApp, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await share(anna, await talk(anna, "Hello"))
    token = str(made["path"]).removeprefix("/s/")
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    handler.setFormatter(root.handlers[0].formatter)
    root.addHandler(handler)

    async def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(app.container.limiter, "hit", fail)
    try:
        async with stranger(app) as reader:
            status, _headers, body = await fetch(reader, reading(made))
    finally:
        root.removeHandler(handler)

    assert status == 500
    assert "request failed" in written.getvalue()
    assert token not in written.getvalue() + body.decode()


async def test_planted_names_and_texts_stay_text_in_files_and_headers(anna: Person) -> None:
    where = await anna.conversation()
    await stored(anna, png(), NAME)
    await anna.call("PATCH", f"/api/conversations/{where}", {"title": f"{PLANTED} ; x=y"})
    items = [
        {"role": "user", "content": PLANTED},
        {"role": "assistant", "content": PLANTED, "model_id": PLANTED},
        {"role": "assistant", "content": PLANTED + "x" * 200_000, "model_id": PLANTED},
    ]
    items[2]["content"] = str(items[2]["content"])[:100_000]
    status, _ = await anna.call("POST", f"/api/conversations/{where}/messages/import", {"messages": items})
    assert status == 201
    status, headers, body = await fetch(anna, f"/api/conversations/{where}/export?format=html")

    html = body.decode()
    assert status == 200
    assert "<script" not in html
    assert "<img" not in html
    assert 'filename="' in headers["Content-Disposition"]
    assert headers["Content-Disposition"].count('"') == 2
    assert "\n" not in headers["Content-Disposition"]
