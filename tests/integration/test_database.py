"""Units of work: what they undo, what they leave, and what an error of theirs says."""

from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database

NOTE = text("INSERT INTO run_owners (id) VALUES (gen_random_uuid())")
COUNT = text("SELECT count(*) FROM run_owners")
INSIDE = text("SELECT now() <> statement_timestamp()")


async def note_and_fail(unit: AbstractAsyncContextManager[AsyncSession]) -> None:
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


async def test_the_same_connection_serves_both_kinds_of_units(settings: Settings, empty_database: str) -> None:
    database = Database(empty_database, settings.model_copy(update={"database_pool_size": 1}))
    inside = []
    for opened in (database.unit_of_work, database.one_statement, database.unit_of_work):
        async with opened() as db:
            await db.execute(COUNT)
            inside.append((await db.execute(INSIDE)).scalar_one())
    await database.close()

    assert inside == [True, False, True]
