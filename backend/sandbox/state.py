"""What the sandbox remembers: ordered faults, and counts that tests ask for."""

from collections import Counter
from typing import Any

from aiohttp import web

from backend.sandbox.faults import DEFAULT, Faults


class SandboxState:
    """The sandbox's memory; gone with the process."""

    def __init__(self) -> None:
        self.faults: Faults = DEFAULT
        self.counts: Counter[str] = Counter()
        self.last_chat: dict[str, Any] = {}
        self._failures = 0

    def count(self, what: str) -> None:
        """Count something that happened."""
        self.counts[what] += 1

    def take_failure(self, most: int) -> bool:
        """Tell whether one more ordered failure is due, of ``most``."""
        self._failures += 1
        return self._failures <= most

    def order(self, faults: Faults) -> None:
        """Behave like this from now on."""
        self.faults = faults
        self._failures = 0

    def reset(self) -> None:
        """Forget everything."""
        self.order(DEFAULT)
        self.counts.clear()
        self.last_chat = {}


STATE: web.AppKey[SandboxState] = web.AppKey("state", SandboxState)
