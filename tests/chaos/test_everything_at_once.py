"""A hundred tasks in flight, two API processes and two workers, while everything around them breaks."""

import asyncio
import hashlib
import random
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from backend.core.config import Settings
from backend.core.embedded import EmbeddedServers
from backend.core.migrate import migrate
from backend.core.redis import RedisClient
from tests.support.sandbox import Faults
from tests.support.server import BROWSER, PASSWORD
from tests.support.workers import end, kill, ledger_is_whole, outcomes_of_holds, start, worker_environment

TASKS = 100
AT_ONCE = 12
PATIENCE_S = 100.0
PRICE_MC = 8_000


class Installation:
    """Servers of its own, which can be restarted, with two API processes and two workers on them."""

    def __init__(self, servers: EmbeddedServers, settings: Settings) -> None:
        self.servers = servers
        self.settings = settings
        self.environment = worker_environment(
            settings,
            LATENT_START_CREDITS_MC="2000000",
            LATENT_IMAGE_LIMIT_PER_USER="30",
            LATENT_TASKS_WAITING_PER_USER="100",
            LATENT_SLOT_LEASE_S="3",
            LATENT_LOG_LEVEL="error",
        )
        self.workers: list[asyncio.subprocess.Process] = []
        self._apis: list[asyncio.subprocess.Process] = []
        self._keepers: list[asyncio.Task[None]] = []
        self.urls: list[str] = []
        jar = aiohttp.CookieJar(unsafe=True)
        self._browser = aiohttp.ClientSession(cookie_jar=jar, headers=BROWSER)

    async def open(self) -> None:
        """Start everything."""
        for number in range(2):
            listener = socket.create_server(("127.0.0.1", 0))
            listener.set_inheritable(True)
            own = {**self.environment, "LATENT_LISTEN_FD": str(listener.fileno())}
            self._apis.append(await start("api", own, pass_fds=(listener.fileno(),)))
            self.urls.append("http://{}:{}".format(*listener.getsockname()[:2]))
            listener.close()
            self.workers.append(await start("worker", self.environment))
            self._keepers.append(asyncio.create_task(self._keep(number)))

    async def _keep(self, number: int) -> None:
        """Start a worker again that has gone, as whoever runs it does."""
        while True:
            await self.workers[number].wait()
            self.workers[number] = await start("worker", self.environment)

    async def close(self) -> None:
        """End everything."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for process in (*self.workers, *self._apis):
            await end(process)
        await self._browser.close()

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Ask one process or the other, again while it cannot answer, and return what it says."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    url, named = random.choice(self.urls), {k.replace("_", "-"): v for k, v in headers.items()}
                    async with self._browser.request(method, url + path, json=body, headers=named) as response:
                        if response.status < 500:
                            assert response.status < 400, await response.text()
                            return await response.json()
                await asyncio.sleep(0.1)

    def restart_postgres(self) -> None:
        """Stop the database under everyone, and start it again."""
        assert self.servers.postgres is not None
        self.servers.postgres.stop()
        self.servers.postgres.start()


@pytest.fixture
async def installation(tmp_path: Path, faults: Faults) -> AsyncIterator[Installation]:
    """A whole installation on the sandbox."""
    folder = Path(tempfile.mkdtemp(prefix="latent chaos "))
    servers = EmbeddedServers(folder)
    with servers:
        migrate(servers.database_url or "")
        settings = Settings(
            data_dir=tmp_path,
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            sandbox_url=faults.url,
            sandbox=False,
        )
        made = Installation(servers, settings)
        await made.open()
        try:
            yield made
        finally:
            await made.close()
    if servers.postgres and servers.postgres.home != servers.data_dir:
        shutil.rmtree(servers.postgres.home)
    shutil.rmtree(folder)


async def begin_all(installation: Installation) -> list[str]:
    """Begin all tasks, some at a time, each once however often it has to be asked for."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def begin(number: int) -> str:
        async with turn:
            body = {"prompt": f"task {number}", "model_id": "demo/nano-banana-2"}
            answer = await installation.call("POST", "/api/tasks", body, Idempotency_Key=f"the-task-{number}")
            return str(answer["task"]["id"])

    return await asyncio.gather(*(begin(number) for number in range(TASKS)))


async def break_everything(installation: Installation, faults: Faults) -> None:
    """Break one thing after the other, while tasks are being made."""

    async def empty_valkey() -> None:
        redis = RedisClient(installation.servers.redis_url or "")
        await redis.get_client().flushall()
        await redis.close()

    steps: list[tuple[int, Callable[[], Awaitable[object]]]] = [
        (10, lambda: kill(installation.workers[0])),
        (25, lambda: asyncio.to_thread(installation.restart_postgres)),
        (45, empty_valkey),
        (60, lambda: faults.order(edge_max=64, create_then="cut")),
        (65, lambda: faults.order(edge_max=64)),
        (75, lambda: kill(installation.workers[1])),
    ]
    for count, step in steps:
        await faults.counted("create_task", times=count)
        await step()


@pytest.mark.timeout(300)
async def test_a_hundred_tasks_come_to_an_end_whatever_breaks(installation: Installation, faults: Faults) -> None:
    await faults.order(edge_max=64)
    await installation.call("POST", "/api/auth/sign-up", {"email": "anna@example.org", "password": PASSWORD})
    before = await installation.call("GET", "/api/credits")

    ids, _ = await asyncio.gather(begin_all(installation), break_everything(installation, faults))
    async with asyncio.timeout(PATIENCE_S):
        while (await installation.call("GET", "/api/tasks?active=true"))["items"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    ended = (await installation.call("GET", f"/api/tasks?limit={TASKS}"))["items"]
    assert {task["id"] for task in ended} == set(ids)
    assert len(ended) == TASKS
    assert {task["state"] for task in ended} <= {"completed", "failed"}
    assert {task["error"]["code"] for task in ended if task["error"]} == {"task_unconfirmed"}
    made = [task for task in ended if task["state"] == "completed"]
    state = await faults.state()
    assert len(made) >= TASKS // 2, "what breaks costs those tasks that are just being sent, no others"
    assert state["most_of_one_prompt"] == 1
    assert len(made) <= state["counts"]["create_task"] <= TASKS
    outcomes = await asyncio.to_thread(outcomes_of_holds, installation.settings)
    assert (len(outcomes), set(outcomes.values())) == (TASKS, {1})
    assert await asyncio.to_thread(ledger_is_whole, installation.settings)
    after = await installation.call("GET", "/api/credits")
    assert (after["held_mc"], after["balance_mc"]) == (0, before["balance_mc"] - PRICE_MC * len(made))
    assert all(len(task["assets"]) == 1 for task in made)
    check_files(installation.settings.data_dir / "media")


def check_files(media: Path) -> None:
    """See that every stored file is whole: its name is the hash of its bytes, and pictures can be opened."""
    objects = [path for path in media.rglob("*") if path.is_file() and "incoming" not in path.parts]
    assert objects
    for path in objects:
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest(), path
        with Image.open(path) as image:
            image.load()
