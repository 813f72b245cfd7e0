"""Real parts for every test: a PostgreSQL and a Valkey of their own, started once, emptied between tests."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.embedded import EmbeddedServers
from backend.core.logging import setup_logging
from backend.core.migrate import migrate
from backend.core.redis import RedisClient
from backend.sandbox.server import open_sandbox
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, run_worker_here, sign_up

FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as the product does; without this each trace is drawn with all its variables, which takes seconds."""
    setup_logging(level="warning", json=True)


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedServers]:
    """The embedded servers on a folder of their own, with a blank and Chinese characters in its name."""
    folder = Path(tempfile.mkdtemp(prefix="latent test "))
    servers = EmbeddedServers(folder / "数据", postgres_options=FAST_AND_FORGETFUL)
    with servers:
        migrate(servers.database_url or "")
        yield servers
    if servers.postgres and servers.postgres.home != servers.data_dir:
        shutil.rmtree(servers.postgres.home)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url(embedded: EmbeddedServers) -> str:
    """The address of the tests' database."""
    return embedded.database_url or ""


@pytest.fixture(scope="session")
def redis_url(embedded: EmbeddedServers) -> str:
    """The address of the tests' Valkey."""
    return embedded.redis_url or ""


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str, redis_url: str) -> Settings:
    """The defaults, on the tests' own servers."""
    return Settings(data_dir=tmp_path, database_url=postgres_url, redis_url=redis_url, port=0, log_json=True)


@pytest.fixture
def empty_database(postgres_url: str) -> str:
    """The tests' database, emptied: what every test of stored things stands on."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied otherwise
        connection.execute("TRUNCATE users, run_owners, audit_log, stored_objects, events CASCADE")
    return postgres_url


@pytest.fixture
async def database(settings: Settings, empty_database: str) -> AsyncIterator[Database]:
    """A database without rows, and its units of work."""
    database = Database(empty_database, settings)
    yield database
    await database.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClient]:
    """An emptied Valkey."""
    client = RedisClient(redis_url)
    await client.get_client().flushall()
    yield client
    await client.close()


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[str]:
    """The sandbox provider's address."""
    async with open_sandbox() as url:
        yield url


@pytest.fixture
async def faults(sandbox: str) -> AsyncIterator[Faults]:
    """Order faults of the sandbox; it behaves, and is quick, before and after."""
    async with Faults(sandbox) as orders:
        yield orders


@pytest.fixture
async def app(settings: Settings, empty_database: str, redis: RedisClient, faults: Faults) -> AsyncIterator[RunningApp]:
    """The product on a loopback port, with no accounts in it."""
    async with run_app(settings.model_copy(update={"sandbox_url": faults.url})) as running:
        yield running


@pytest.fixture
async def anna(app: RunningApp) -> AsyncIterator[Person]:
    """The first account, an admin."""
    person = await sign_up(app, "anna@example.org")
    yield person
    await person.close()


@pytest.fixture
async def ben(app: RunningApp, anna: Person) -> AsyncIterator[Person]:
    """The second account."""
    person = await sign_up(app, "ben@example.org")
    yield person
    await person.close()


@pytest.fixture
async def worker(app: RunningApp) -> AsyncIterator[None]:
    """A worker process's work, in this process, on the product's own queue."""
    async with run_worker_here(app):
        yield
