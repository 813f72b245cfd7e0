"""Sweeps that fail or hang keep no other one from its turn; what nobody foresaw is noticed."""

import asyncio

import pytest

from backend.workers.app import run_until
from backend.workers.sweepers import sweep_forever


async def test_a_sweep_that_hangs_or_fails_is_passed_by() -> None:
    calls: list[str] = []
    enough = asyncio.Event()

    async def hang() -> None:
        calls.append("hang")
        await asyncio.Event().wait()

    async def fail() -> None:
        calls.append("fail")
        raise ConnectionError("the database is away")

    async def work() -> None:
        calls.append("work")
        if calls.count("work") == 2:
            enough.set()

    sweeping = asyncio.create_task(
        sweep_forever({"hangs": hang, "fails": fail, "works": work}, pause_s=0.0, timeout_s=0.01)
    )
    await asyncio.wait_for(enough.wait(), 5)
    sweeping.cancel()
    assert calls[:6] == ["hang", "fail", "work"] * 2


async def test_a_sweep_that_breaks_takes_its_worker_with_it() -> None:
    async def breaks() -> None:
        raise KeyError("nobody foresaw this")

    work = (sweep_forever({"breaks": breaks}, pause_s=0.0, timeout_s=1.0), asyncio.Event().wait())
    with pytest.raises(KeyError):
        await asyncio.wait_for(run_until(asyncio.Event(), work, patience_s=1), 5)
