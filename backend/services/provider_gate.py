"""A provider that is closed for now (in maintenance, out of reach) is left alone: one task tries, the others wait."""

import asyncio
from dataclasses import dataclass

PAUSE_FIRST_S = 2.0
PAUSE_GROWTH = 2.0
TRIAL_S = 2.0
"""While one task tries whether the provider is back, the others look again after this."""


@dataclass(slots=True)
class _Closed:
    until: float
    pause_s: float
    trying: bool = False


class ProviderGate:
    """What this process knows of its providers; each process finds out for itself."""

    def __init__(self, *, pause_max_s: float) -> None:
        self._pause_max_s = pause_max_s
        self._closed: dict[str, _Closed] = {}

    def wait_s(self, provider: str) -> float:
        """Return 0 for who may send now, else after how long to ask again. After a pause one may try, alone."""
        closed = self._closed.get(provider)
        if closed is None:
            return 0.0
        left_s = closed.until - asyncio.get_running_loop().time()
        if left_s > 0:
            return left_s
        if closed.trying:
            return min(TRIAL_S, self._pause_max_s)
        closed.trying = True
        return 0.0

    def close(self, provider: str, retry_after_s: float | None = None) -> float:
        """Note that a provider is closed; returns for how long it is left alone, longer each time."""
        earlier = self._closed.get(provider)
        pause_s = earlier.pause_s if earlier else PAUSE_FIRST_S
        if earlier and earlier.trying:
            pause_s *= PAUSE_GROWTH
        pause_s = min(max(pause_s, retry_after_s or 0.0), self._pause_max_s)
        self._closed[provider] = _Closed(asyncio.get_running_loop().time() + pause_s, pause_s)
        return pause_s

    def open(self, provider: str) -> None:
        """Note that a provider has answered."""
        self._closed.pop(provider, None)

    def give_up_trial(self, provider: str) -> None:
        """Let another one try: who tried has found out nothing."""
        if closed := self._closed.get(provider):
            closed.trying = False
