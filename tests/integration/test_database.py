"""Units of work: what they undo, what they leave, and what an error of theirs says."""

import asyncio
import socket
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.direct_sql import Executor

NOTE = text("INSERT INTO run_owners (id) VALUES (gen_random_uuid())")
COUNT = text("SELECT count(*) FROM run_owners")
INSIDE = text("SELECT now() <> statement_timestamp()")


async def note_and_fail(unit: AbstractAsyncContextManager[Executor]) -> None:
    async with unit as db:
        await db.execute(NOTE)
        raise RuntimeError


async def test_an_error_of_a_statement_does_not_hold_its_parameters(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        async with database.unit_of_work() as db:
            await db.execute(text("SELECT 1 / position('?' IN :words)"), {"words": "the canary sings"})

    assert "division by zero" in str(caught.value)
    assert "canary" not in str(caught.value)


async def test_a_unit_that_fails_undoes_all_of_it(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await note_and_fail(database.unit_of_work())

    async with database.unit_of_work() as db:
        assert (await db.execute(COUNT)).scalar_one() == 0


async def test_a_statement_of_its_own_stays_and_leaves_no_transaction_open(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await note_and_fail(database.one_statement())

    async with database.unit_of_work() as db:
        assert (await db.execute(COUNT)).scalar_one() == 1


async def test_both_kinds_of_units_keep_to_their_kind(settings: Settings, empty_database: str) -> None:
    database = Database(empty_database, settings.model_copy(update={"database_pool_size": 1}))
    inside = []
    for opened in (database.unit_of_work, database.one_statement, database.unit_of_work):
        async with opened() as db:
            await db.execute(COUNT)
            inside.append((await db.execute(INSIDE)).scalar_one())
    await database.close()

    assert inside == [True, False, True]


async def test_a_server_that_takes_a_connection_and_says_nothing_is_not_waited_for(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://latent@127.0.0.1:{silent.getsockname()[1]}/latent"
        database = Database(url, settings.model_copy(update={"database_connect_s": 2}))
        for opened in (database.one_statement, database.unit_of_work):
            with pytest.raises(OperationalError):
                async with asyncio.timeout(20), opened() as db:
                    await db.execute(COUNT)
        await database.close()
