"""A browser tab that asks and watches as the web client does: it sends again, and follows again, until the end."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

PAUSE_S = 0.2


@dataclass
class Watched:
    """What a tab has seen of one answer."""

    text: str = ""
    seq: int | None = None
    answer_id: str | None = None
    end: dict[str, Any] | None = None
    connections: int = 0
    texts: list[str] = field(default_factory=list)
    """Every text that stood on the screen."""

    def take(self, seq: int, event: dict[str, Any]) -> None:
        """Show an event."""
        match event["type"]:
            case "started":
                self.answer_id = event["answer"]["id"]
            case "snapshot":
                self.text = event["answer"]["content"]
            case "delta":
                self.text += event["text"]
            case "end":
                self.end = event["answer"]
                self.text = event["answer"]["content"]
        self.seq = seq
        self.texts.append(self.text)


class Viewer:
    """One tab. ``cut`` closes its connection; it follows again at once."""

    def __init__(self, browser: aiohttp.ClientSession, watched: Watched) -> None:
        self._browser = browser
        self.watched = watched
        self._response: aiohttp.ClientResponse | None = None

    async def ask(self, conversation_id: str, content: str, model_id: str) -> Watched:
        """Send a message and watch its answer to the end, whatever happens to servers and connections."""
        body, key = {"content": content, "model_id": model_id, "branch": True}, uuid4().hex
        while self.watched.end is None:
            try:
                if self.watched.answer_id is None:
                    path = f"/api/conversations/{conversation_id}/messages/stream"
                    await self._read(self._browser.post(path, json=body, headers={"Idempotency-Key": key}))
                else:
                    query = "" if self.watched.seq is None else f"?after={self.watched.seq}"
                    await self._read(self._browser.get(f"/api/messages/{self.watched.answer_id}/stream{query}"))
            except (aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(PAUSE_S)
        return self.watched

    def cut(self) -> None:
        """Lose the connection."""
        if self._response is not None:
            self._response.close()

    async def _read(self, request: Any) -> None:
        self.watched.connections += 1
        async with request as response:
            if response.status != 200:
                assert response.status in (409, 429, 500, 503), await response.text()
                await asyncio.sleep(PAUSE_S)
                return
            self._response, rest = response, b""
            async for chunk in response.content.iter_any():
                *blocks, rest = (rest + chunk).split(b"\n\n")
                for block in blocks:
                    lines = dict(line.split(b": ", 1) for line in block.split(b"\n") if not line.startswith(b":"))
                    if lines:
                        self.watched.take(int(lines[b"id"]), orjson.loads(lines[b"data"]))
