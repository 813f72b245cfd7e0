"""What the sandbox remembers: ordered faults, and counts that tests ask for."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

from aiohttp import web

from backend.sandbox.faults import DEFAULT, Faults, changed


class SandboxState:
    """The sandbox's memory; gone with the process."""

    def __init__(self, base: Faults = DEFAULT) -> None:
        self._base = base
        self.faults: Faults = base
        self.counts: Counter[str] = Counter()
        self.last_chat: dict[str, Any] = {}
        self.last_create: dict[str, Any] = {}
        self.last_image: dict[str, Any] = {}
        self._failures: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def count(self, what: str) -> None:
        """Count something that happened."""
        self.counts[what] += 1

    def faults_for(self, order: dict[str, Any]) -> Faults:
        """Return what holds for something that came with an order of its own."""
        return changed(self.faults, order) if order else self.faults

    def take_failure(self, what: str, most: int) -> bool:
        """Tell whether one more ordered failure is due, of ``most`` (-1: always)."""
        self._failures[what] += 1
        return most < 0 or self._failures[what] <= most

    def order(self, order: dict[str, Any]) -> None:
        """Behave like this from now on: the usual way, but for what the order names."""
        self.faults = changed(self._base, order)
        self._failures.clear()
        self._changed.set()
        self._changed = asyncio.Event()

    async def until_ordered(self, timeout_s: float | None) -> None:
        """Wait for the next order, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()

    def reset(self) -> None:
        """Forget everything."""
        self.order({})
        self.counts.clear()
        self.last_chat, self.last_create, self.last_image = {}, {}, {}


STATE: web.AppKey[SandboxState] = web.AppKey("state", SandboxState)
