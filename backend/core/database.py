"""The database: units of work (one transaction each, opened and closed at an edge), and statements on their own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import Diagnostic
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from backend.core.config import Settings
from backend.core.direct_sql import DirectPool, Executor

TOLD_CODE = "LTEVT"
"""The SQLSTATE of the notice that says: this transaction wrote events for a user (migration 0008)."""

OnTold = Callable[[Mapping[UUID, int]], None]
"""Takes the users for whom a transaction wrote events, each with the number of the first one. Must not wait."""


class UnitSession(Session):
    """A session that keeps what its own transaction was told by the database."""


@event.listens_for(UnitSession, "after_begin")
def _lend_ear(session: UnitSession, _transaction: object, connection: Connection) -> None:
    session.info["told"] = connection.info["told"] = {}


class Database:
    """An engine and its units of work; psycopg 3 underneath, also for the task queue."""

    def __init__(self, url: str, settings: Settings, on_told: OnTold | None = None) -> None:
        """Prepare the pools; nothing connects before the first use. ``url`` is ``postgresql://...``.

        ``on_told`` is called after each commit that wrote events, whoever wrote them: triggers announce them.
        """
        self._on_told = on_told
        connect_args = {
            "options": f"-c statement_timeout={int(settings.statement_timeout_s * 1000)} -c timezone=UTC"
            " -c client_min_messages=notice",
            "prepare_threshold": 2,
            "connect_timeout": settings.database_connect_s,
        }
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=settings.database_wait_s,
            pool_pre_ping=False,
            hide_parameters=True,  # they hold texts of conversations, and errors are logged
            connect_args=connect_args,
        )
        event.listen(self.engine.sync_engine, "connect", _listen)
        self._units = async_sessionmaker(
            self.engine, expire_on_commit=False, autoflush=False, sync_session_class=UnitSession
        )
        self._statements = DirectPool(
            url,
            size=settings.database_pool_size,
            wait_s=settings.database_wait_s,
            connect=connect_args,
            on_broken=self.engine.dispose,
        )

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open one transaction: commit on success, roll back on any error.

        No network call belongs inside. Services and repositories take the session and never commit.
        """
        async with self._units() as session:
            async with session.begin():
                yield session
            if (told := session.info.get("told")) and self._on_told is not None:
                self._on_told(told)

    @asynccontextmanager
    async def one_statement(self) -> AsyncIterator[Executor]:
        """Open a unit for one guarded statement (reading may follow), which is its own transaction.

        That saves the round trips of BEGIN and COMMIT, and most of what SQLAlchemy does. Nothing that ran is undone
        when the unit ends with an error.
        """
        async with self._statements.connection() as connection:
            yield connection
            if connection.notices:
                told: dict[UUID, int] = {}
                for notice in connection.notices:
                    if found := _read_told(notice):
                        told.setdefault(*found)
                if told and self._on_told is not None:
                    self._on_told(told)

    async def close(self) -> None:
        """Close all connections."""
        await self._statements.close()
        await self.engine.dispose()


def _listen(connection: Any, record: Any) -> None:
    """Let a new connection note what is told while a transaction commits; the unit that runs it looks afterwards."""

    def hear(notice: Diagnostic) -> None:
        if told := _read_told(notice):
            record.info.setdefault("told", {}).setdefault(*told)

    connection.driver_connection.add_notice_handler(hear)


def _read_told(notice: Diagnostic) -> tuple[UUID, int] | None:
    """Return whom a notice is about and since which event, if it is one of ours."""
    if notice.sqlstate != TOLD_CODE or not notice.message_primary:
        return None
    user_id, seq = notice.message_primary.split()
    return UUID(user_id), int(seq)
