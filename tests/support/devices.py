"""A person's devices: sockets that hear what changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from tests.support.server import Person, RunningApp

PATIENCE_S = 15.0
APPEND_LONG = """
    SELECT count(append_event(user_id, 'conversation.changed', to_jsonb(c) || jsonb_build_object('running', false)))
    FROM (SELECT gen_random_uuid() AS id, %s::uuid AS user_id, %s AS title, false AS title_is_custom,
                 false AS pinned, false AS archived,
                 NULL AS model_id, NULL AS leaf_id, now() AS created_at, now() AS updated_at) AS c,
         generate_series(1, %s)
"""
"""Appends events that are long: for a user, with a title, so many of them."""


class Device:
    """An open socket; it waits for what it expects, for a bounded time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        message = await asyncio.wait_for(self.socket.receive(), PATIENCE_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        heard: dict[str, Any] = orjson.loads(message.data)
        return heard

    async def until(self, kind: str, **data: object) -> list[dict[str, Any]]:
        """Return all messages up to the first of a kind that tells this."""
        heard = []
        while True:
            heard.append(await self.next())
            told = heard[-1].get("data", {})
            if heard[-1]["type"] == kind and all(told.get(name) == value for name, value in data.items()):
                return heard

    async def closed(self) -> tuple[int | None, str]:
        """Read on until the server closes; return its code and reason."""
        while True:
            message = await asyncio.wait_for(self.socket.receive(), PATIENCE_S)
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.data, message.extra or ""
            if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSING):
                return self.socket.close_code, ""


@asynccontextmanager
async def device(person: Person, app: RunningApp, after: int | None = None) -> AsyncIterator[Device]:
    """Open a socket in the person's browser; ``hello`` is still to be read."""
    async with connect(person, app, "" if after is None else f"?after={after}") as socket:
        yield Device(socket)


def connect(person: Person, app: RunningApp, query: str = "", **headers: str) -> Any:
    """Open a socket as our own page does, with what else is asked for."""
    named = {"Origin": app.url, **{name.replace("_", "-"): value for name, value in headers.items()}}
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.browser.cookie_jar)
    return person.browser.ws_connect(f"{app.url}/ws{query}", headers={**named, "Cookie": cookies})


async def told(person: Person, after: int = 0) -> list[dict[str, Any]]:
    """Return the person's events after a number, through the other door."""
    found: list[dict[str, Any]] = []
    while True:
        page = await person.get(f"/api/events?after={found[-1]['seq'] if found else after}&limit=500")
        assert not page["reset"]
        found += page["items"]
        if len(page["items"]) < 500:
            return found


async def last_seq(person: Person) -> int:
    """Return the number of the person's newest event."""
    return int((await person.get("/api/events"))["last_seq"])
