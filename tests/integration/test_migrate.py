"""Migrations: once, in any number of processes, never backwards."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from backend.core.errors import StartError
from backend.core.migrate import code_versions, migrate
from backend.models import Base


@pytest.fixture
def fresh_url(postgres_url: str) -> Iterator[str]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
        yield postgres_url.replace("/postgres?", "/fresh?")
        connection.execute("DROP DATABASE fresh WITH (FORCE)")


def test_processes_that_start_at_once_migrate_once(fresh_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        did = list(pool.map(migrate, [fresh_url] * 4))

    assert sorted(did) == [False, False, False, True]


def test_a_database_newer_than_the_code_is_refused(fresh_url: str) -> None:
    migrate(fresh_url)
    with psycopg.connect(fresh_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StartError, match=f"version 9999, newer than this Latent .{code_versions()[-1]}"):
        migrate(fresh_url)


def test_an_unreachable_database_is_one_sentence() -> None:
    with pytest.raises(StartError, match="cannot be reached") as caught:
        migrate("postgresql://latent:hush@127.0.0.1:1/latent")

    assert "hush" not in str(caught.value)


def test_the_tables_are_what_the_models_say(fresh_url: str) -> None:
    migrate(fresh_url)
    engine = create_engine(fresh_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave out the task queue's own tables and the migrations' note."""
    return not (kind == "table" and str(name).startswith(("procrastinate_", "alembic_")))
