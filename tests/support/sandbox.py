"""Orders to the sandbox."""

import asyncio
from types import TracebackType
from typing import Any, Self

import aiohttp

QUICK = {
    "first_delay_s": 0,
    "tokens_per_s": 0,
    "image_s": 0,
    "video_s": 0,
    "edge_max": 320,
    "rate_per_10s": 1_000_000,
    "running_max": 1_000,
}


class Faults:
    """The sandbox's switchboard: quick and well-behaved unless ordered otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        await self.reset()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.reset()
        await self._session.close()

    async def reset(self) -> None:
        """Behave, quickly, and forget."""
        async with self._session.post(f"{self.url}/_sandbox/reset"):
            pass
        await self.order()

    async def order(self, **faults: Any) -> None:
        """Misbehave like this from now on."""
        async with self._session.post(f"{self.url}/_sandbox/faults", json={**QUICK, **faults}) as response:
            assert response.status == 204, await response.text()

    async def state(self) -> dict[str, Any]:
        """Return what the sandbox saw."""
        async with self._session.get(f"{self.url}/_sandbox/state") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def counted(self, what: str, *, times: int = 1) -> None:
        """Return once the sandbox has counted something so many times; it cannot tell by itself, so it is asked."""
        async with asyncio.timeout(20):
            while (await self.state())["counts"].get(what, 0) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
