"""Units of work: what an error of theirs says."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.core.database import Database


async def test_an_error_of_a_statement_does_not_hold_its_parameters(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        async with database.unit_of_work() as db:
            await db.execute(text("SELECT 1 / position('?' IN :words)"), {"words": "the canary sings"})

    assert "division by zero" in str(caught.value)
    assert "canary" not in str(caught.value)
