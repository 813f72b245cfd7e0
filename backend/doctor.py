"""``latent doctor``: look at every part and say in one line each what is wrong."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from backend.core.config import Settings
from backend.core.embedded import EmbeddedServers
from backend.core.errors import StartError
from backend.core.migrate import code_versions, connect, database_version
from backend.core.provider_config import load_providers
from backend.core.redis import RedisClient
from backend.core.storage import ObjectStorage
from backend.repositories.ledger_audit import find_faults
from backend.services.adapters.registry import ModelRegistry
from backend.services.charging import FREE


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether it is well, and what it says."""

    what: str
    ok: bool
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the data folder, the servers, the media store and the providers, in this order."""
    try:
        servers = EmbeddedServers(
            settings.data_dir, postgres=settings.database_url is None, valkey=settings.redis_url is None
        )
        with servers:
            yield Finding("data folder", True, str(servers.data_dir))
            given = settings.database_url.get_secret_value() if settings.database_url else ""
            yield from _examine_database(servers.database_url or given)
            given = settings.redis_url.get_secret_value() if settings.redis_url else ""
            yield asyncio.run(_examine_redis(servers.redis_url or given))
    except StartError as error:
        yield Finding("servers", False, str(error))
    yield _examine_storage(settings)
    yield from _examine_web(settings)
    yield from _examine_providers(settings)


def _examine_database(url: str) -> Iterator[Finding]:
    with connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
        version, newest = database_version(connection), code_versions()[-1]
        server = f"PostgreSQL {row[0] if row else '?'}"
        if version != newest:
            stands = f"{server}, stands at version {version}, this code at {newest}: run `latent migrate`"
            yield Finding("database", False, stands)
            return
        yield Finding("database", True, f"{server}, version {version}")
        yield from _examine_ledger(connection)


def _examine_ledger(connection: psycopg.Connection) -> Iterator[Finding]:
    faults = find_faults(connection, free=FREE)
    for fault in faults:
        yield Finding("ledger", False, f"{fault.row}: {fault.says} (rule: {fault.rule})")
    if not faults:
        row = connection.execute("SELECT count(*) FROM credit_entries").fetchone()
        yield Finding("ledger", True, f"{row[0] if row else 0} entries balance")


async def _examine_redis(url: str) -> Finding:
    client = RedisClient(url)
    try:
        answers = await client.health_check()
    finally:
        await client.close()
    return Finding("redis", answers, "answers" if answers else "does not answer")


def _examine_storage(settings: Settings) -> Finding:
    try:
        answers = asyncio.run(ObjectStorage(settings).health_check())
    except StartError as error:
        return Finding("media store", False, str(error))
    where = settings.storage_url or str(settings.data_dir / "media")
    return Finding("media store", answers, where if answers else f"{where} does not answer")


def _examine_web(settings: Settings) -> Iterator[Finding]:
    built = (settings.web_dir / "index.html").is_file()
    yield Finding("web client", built, str(settings.web_dir) if built else "is not built: run `make build`")


def _examine_providers(settings: Settings) -> Iterator[Finding]:
    try:
        providers = load_providers(settings)
    except StartError as error:
        yield Finding("providers", False, str(error))
        return
    if not providers:
        yield Finding("providers", True, "none configured; `latent serve` offers the demo provider")
        return
    for name, says in asyncio.run(_check_providers(settings)).items():
        yield Finding(f"provider {name}", says.startswith("ok"), says)


async def _check_providers(settings: Settings) -> dict[str, str]:
    registry = ModelRegistry(load_providers(settings), settings)
    try:
        return await registry.check_providers()
    finally:
        await registry.close()
