"""Workers as they are shipped, in processes of their own, and what a ledger must look like after they were killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from backend.core.config import Settings
from backend.repositories.ledger_audit import find_faults
from backend.services.charging import FREE
from tests.support.server import RunningApp

ROOT = Path(__file__).resolve().parents[2]
OUTCOMES = """
    SELECT x.subject_id, count(e.*) FILTER (WHERE e.step IN ('settle', 'return'))
    FROM credit_transactions x LEFT JOIN credit_entries e ON e.transaction_id = x.id
    WHERE x.kind = 'charge' GROUP BY x.id
"""


def worker_environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return what a worker process is told."""
    return {
        **os.environ,
        "LATENT_DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "LATENT_REDIS_URL": settings.redis_url.get_secret_value() if settings.redis_url else "",
        "LATENT_DATA_DIR": os.fspath(settings.data_dir),
        "LATENT_SANDBOX_URL": settings.sandbox_url or "",
        "LATENT_POLL_FACTOR": "0.05",
        "LATENT_SWEEP_S": "0.5",
        "LATENT_WORKER_STALLED_S": "2",
        "LATENT_UNCONFIRMED_MAX_S": "2",
        **more,
    }


async def start(
    command: str, environment: dict[str, str], *, pass_fds: Sequence[int] = ()
) -> asyncio.subprocess.Process:
    """Start a process of the product."""
    program = (sys.executable, "-m", "backend.cli", command)
    return await asyncio.create_subprocess_exec(*program, cwd=ROOT, env=environment, pass_fds=pass_fds)


async def end(process: asyncio.subprocess.Process) -> None:
    """Tell a process to end, wherever it is."""
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def kill(process: asyncio.subprocess.Process) -> None:
    """As ``kill -9`` does."""
    process.kill()
    await process.wait()


@asynccontextmanager
async def worker_process(app: RunningApp, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker as it is shipped, in a process of its own."""
    process = await start("worker", worker_environment(app.container.settings, **more))
    try:
        yield process
    finally:
        await end(process)


def ledger_is_whole(settings: Settings) -> bool:
    """Tell whether every sum of the ledger fits."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    with psycopg.connect(url, autocommit=True) as connection:
        return find_faults(connection, free=FREE) == []


def outcomes_of_holds(settings: Settings) -> dict[str, int]:
    """Return how many outcomes each hold has, by the task that it is for."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    with psycopg.connect(url, autocommit=True) as connection:
        return {str(subject): count for subject, count in connection.execute(OUTCOMES)}
