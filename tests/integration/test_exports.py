"""Exports: what is in the files, what they are called, and that they come piece by piece."""

import base64
import re
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from tests.support.server import PASSWORD, Person, RunningApp, run_app, sign_up
from tests.support.sharing import fetch, picture_talk, talk


async def export(person: Person, conversation: str, format: str, **more: str) -> tuple[Any, str]:
    query = "&".join(f"{name}={value}" for name, value in {"format": format, **more}.items())
    status, headers, body = await fetch(person, f"/api/conversations/{conversation}/export?{query}")
    assert status == 200, body
    return headers, body.decode()


async def test_markdown_holds_the_branch_in_view(anna: Person) -> None:
    where = await talk(anna, "echo: first")
    first = (await anna.get(f"/api/conversations/{where}/messages"))["items"]
    await (await anna.ask("echo: second", conversation=where, parent_id=None, branch=True)).all()
    await anna.call("PATCH", f"/api/conversations/{where}", {"title": "清晨的 *茶馆*"})

    headers, newest = await export(anna, where, "markdown", language="zh-CN")
    _headers, older = await export(anna, where, "markdown", leaf_id=first[-1]["id"])

    assert newest.startswith("# 清晨的 \\*茶馆\\*\n\n由 Latent 显影室导出，")
    assert "**你**\n\necho: second" in newest
    assert "first" not in newest
    assert "**You**\n\necho: first" in older
    assert "second" not in older
    assert headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"___ __.md\"; filename*=UTF-8''%E6%B8%85%E6%99%A8%E7%9A%84%20%E8%8C%B6%E9%A6%86.md"
    )


async def test_json_holds_all_branches_and_can_be_brought_in_again(anna: Person) -> None:
    where = await talk(anna, "echo: first")
    await (await anna.ask("echo: second", conversation=where, parent_id=None, branch=True)).all()
    _headers, text = await export(anna, where, "json")
    exported = orjson.loads(text)

    taken = [
        {name: message[name] for name in ("role", "content", "model_id", "error_code")}
        for message in exported["messages"]
        if message["on_branch"]
    ]
    copy = await anna.conversation()
    status, _ = await anna.call("POST", f"/api/conversations/{copy}/messages/import", {"messages": taken})
    brought = (await anna.get(f"/api/conversations/{copy}/messages"))["items"]

    assert status == 201
    assert len(exported["messages"]) == 4
    assert (exported["format"], exported["version"]) == ("latent.conversation", 1)
    assert exported["leaf_id"] == exported["messages"][-1]["id"]
    assert [message["content"] for message in brought] == [message["content"] for message in exported["messages"][2:]]


async def test_html_is_one_file_with_its_pictures_and_no_script(app: RunningApp, anna: Person, worker: None) -> None:
    where, picture = await picture_talk(anna)
    bytes_of = (await fetch(anna, f"/api/assets/{picture['id']}/content"))[2]
    headers, html = await export(anna, where, "html", language="zh-CN")

    assert headers["Content-Disposition"].startswith("attachment; ")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert f"data:{picture['mime']};base64,{base64.b64encode(bytes_of).decode()}" in html
    assert 'lang="zh-CN"' in html
    assert "Content-Security-Policy" in html.split("<title>")[0]
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in html
    assert "<script" not in html
    assert re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"", html) == []


async def test_pictures_beyond_the_room_are_named(app: RunningApp, anna: Person, worker: None) -> None:
    small = app.container.settings.model_copy(update={"export_embed_bytes_max": 10})
    where, _picture = await picture_talk(anna)
    async with run_app(small) as tight:
        again = Person(tight.browser(), anna.user)
        status, _ = await again.call("POST", "/api/auth/sign-in", {"email": anna.user["email"], "password": PASSWORD})
        _headers, html = await export(again, where, "html")
        await again.close()

    assert status == 200
    assert "<img" not in html
    assert "Picture left out" in html


async def test_an_export_reads_a_long_conversation_in_few_statements(app: RunningApp, anna: Person) -> None:
    where = await anna.conversation()
    for start in range(0, 300, 100):
        items = [{"role": "user", "content": f"line {start + number} " + "x" * 5000} for number in range(100)]
        status, _ = await anna.call("POST", f"/api/conversations/{where}/messages/import", {"messages": items})
        assert status == 201
    statements: list[str] = []
    engine = app.container.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    _headers, text = await export(anna, where, "markdown")

    assert len(statements) < 15
    lines = re.findall(r"^line (\d+)", text, re.MULTILINE)
    assert [int(number) for number in lines] == list(range(300))


async def test_markdown_that_takes_too_long_is_shown_as_it_was_written(app: RunningApp, anna: Person) -> None:
    slow = app.container.settings.model_copy(update={"export_markdown_max_s": 1e-9, "export_markdown_chars_max": 20})
    where = await anna.conversation()
    texts = ["*" + "long " * 9 + "*", "*first*", "*second*"]
    items = [{"role": "assistant", "content": text} for text in texts]
    await anna.call("POST", f"/api/conversations/{where}/messages/import", {"messages": items})
    async with run_app(slow) as tight:
        again = Person(tight.browser(), anna.user)
        await again.call("POST", "/api/auth/sign-in", {"email": anna.user["email"], "password": PASSWORD})
        _headers, html = await export(again, where, "html")
        await again.close()

    assert '<div class="plain">*long' in html
    assert "<em>first</em>" in html
    assert '<div class="plain">*second*</div>' in html


async def test_an_empty_conversation_is_an_empty_file(anna: Person) -> None:
    where = await anna.conversation()
    bodies = [(await export(anna, where, format))[1] for format in ("markdown", "json", "html")]

    assert bodies[0].startswith("# Untitled conversation")
    assert orjson.loads(bodies[1])["messages"] == []
    assert "<main>\n</main>" in bodies[2]


@pytest.mark.parametrize("query", ["format=pdf", "format=json&language=xx", "format=json&leaf_id=x"])
async def test_what_cannot_be_written_is_refused(anna: Person, query: str) -> None:
    where = await talk(anna, "Hello")
    status, _headers, _body = await fetch(anna, f"/api/conversations/{where}/export?{query}")
    assert status == 422


async def test_exports_are_counted_and_bounded(app: RunningApp) -> None:
    few = app.container.settings.model_copy(update={"exports_per_minute": 2, "export_messages_max": 2})
    async with run_app(few) as counted:
        person = await sign_up(counted)
        where = await talk(person, "echo: a", "echo: b")
        path = f"/api/conversations/{where}/export?format=json"
        answers = [await person.call("GET", path) for _ in range(3)]
        await person.close()

    assert [status for status, _ in answers] == [413, 413, 429]
    assert answers[0][1]["code"] == "conversation_too_large"


async def test_a_message_of_another_conversation_is_no_branch_of_this_one(anna: Person) -> None:
    where, other = await talk(anna, "Hello"), await talk(anna, "Hello")
    leaf = (await anna.get(f"/api/conversations/{other}/messages"))["leaf_id"]

    status, _headers, _body = await fetch(anna, f"/api/conversations/{where}/export?format=html&leaf_id={leaf}")
    shared, _ = await anna.call("POST", f"/api/conversations/{where}/shares", {"lifetime": "day", "leaf_id": leaf})

    assert (status, shared) == (404, 404)
