"""Conversations that are shared, and strangers who read them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from tests.support.server import Person, RunningApp


@asynccontextmanager
async def stranger(app: RunningApp) -> AsyncIterator[Person]:
    """Somebody without an account, in a browser."""
    person = Person(app.browser(), {})
    try:
        yield person
    finally:
        await person.close()


async def talk(person: Person, *texts: str, conversation: str | None = None) -> str:
    """Have a conversation about something; returns its id."""
    where, parent = conversation or await person.conversation(), None
    for text in texts:
        more: dict[str, Any] = {} if parent is None else {"parent_id": parent}
        end = (await (await person.ask(text, conversation=where, **more)).all())[-1]
        parent = end["answer"]["id"]
    return where


async def picture_talk(person: Person) -> tuple[str, dict[str, Any]]:
    """Let a picture be made in a conversation; returns the conversation and the picture. Needs a worker."""
    where = await person.conversation()
    turn = await person.make("A tea house", conversation_id=where)
    task = await person.finished(turn["task"]["id"])
    assert task["state"] == "completed", task
    asset: dict[str, Any] = task["assets"][0]
    return where, asset


async def share(person: Person, conversation: str, lifetime: str = "month", **more: Any) -> dict[str, Any]:
    """Share a conversation; returns the share."""
    path = f"/api/conversations/{conversation}/shares"
    status, made = await person.call("POST", path, {"lifetime": lifetime, **more})
    assert status == 201, made
    found: dict[str, Any] = made
    return found


def reading(made: dict[str, Any]) -> str:
    """Return the address of the API at which a share is read."""
    return "/api/shares/" + str(made["path"]).removeprefix("/s/")


async def fetch(person: Person, path: str, **headers: str) -> tuple[int, aiohttp.typedefs.CIMultiDictProxy[str], bytes]:
    """Return status, headers and bytes of what is at a path."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with person.browser.get(path, headers=named) as response:
        return response.status, response.headers, await response.read()


async def problem_of(person: Person, path: str) -> tuple[int, dict[str, Any]]:
    """Return why something is not shown, without what is different in each answer."""
    status, _headers, body = await fetch(person, path)
    problem = orjson.loads(body)
    problem.pop("request_id")
    return status, problem
