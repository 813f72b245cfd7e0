"""The database: one engine, and units of work (one transaction each, opened and closed at an edge)."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import Diagnostic
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from backend.core.config import Settings

TOLD_CODE = "LTEVT"
"""The SQLSTATE of the notice that says: this transaction wrote events for a user (migration 0008)."""

ONE_STATEMENT = "latent_one_statement"
"""The execution option of connections whose statements are transactions of their own."""

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
        """Prepare a pool; nothing connects before the first use. ``url`` is ``postgresql://...``.

        ``on_told`` is called after each commit that wrote events, whoever wrote them: triggers announce them.
        """
        self._on_told = on_told
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=settings.statement_timeout_s,
            pool_pre_ping=False,
            hide_parameters=True,  # they hold texts of conversations, and errors are logged
            connect_args={
                "options": f"-c statement_timeout={int(settings.statement_timeout_s * 1000)} -c timezone=UTC"
                " -c client_min_messages=notice",
                "prepare_threshold": 2,
            },
        )
        event.listen(self.engine.sync_engine, "connect", _prepare_connection)
        event.listen(self.engine.sync_engine, "begin", _begin)
        self._units = _session_maker(self.engine)
        self._statements = _session_maker(self.engine.execution_options(**{ONE_STATEMENT: True}))

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open one transaction: commit on success, roll back on any error.

        No network call belongs inside. Services and repositories take the session and never commit.
        """
        async with self._units() as session:
            async with session.begin():
                yield session
            self._pass_on(session)

    @asynccontextmanager
    async def one_statement(self) -> AsyncIterator[AsyncSession]:
        """Open a unit for one guarded statement (reading may follow), which is its own transaction.

        That saves the round trips of BEGIN and COMMIT. Nothing that ran is undone when the unit ends with an error.
        """
        async with self._statements() as session:
            yield session
            self._pass_on(session)

    def _pass_on(self, session: AsyncSession) -> None:
        if (told := session.info.get("told")) and self._on_told is not None:
            self._on_told(told)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _session_maker(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False, sync_session_class=UnitSession)


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(ONE_STATEMENT):
        connection.exec_driver_sql("BEGIN")


def _prepare_connection(connection: Any, record: Any) -> None:
    """Leave BEGIN to us, and note what is told while a transaction commits; the unit that runs it looks afterwards."""
    connection.set_autocommit(True)

    def hear(notice: Diagnostic) -> None:
        if notice.sqlstate == TOLD_CODE and notice.message_primary:
            user_id, seq = notice.message_primary.split()
            record.info.setdefault("told", {}).setdefault(UUID(user_id), int(seq))

    connection.driver_connection.add_notice_handler(hear)
