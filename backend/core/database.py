"""The database: one engine, and units of work (one transaction each, opened and closed at an edge)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from backend.core.config import Settings


class Database:
    """An engine and its units of work; psycopg 3 underneath, also for the task queue."""

    def __init__(self, url: str, settings: Settings) -> None:
        """Prepare a pool; nothing connects before the first use. ``url`` is ``postgresql://...``."""
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=settings.statement_timeout_s,
            pool_pre_ping=False,
            hide_parameters=True,  # they hold texts of conversations, and errors are logged
            connect_args={
                "options": f"-c statement_timeout={int(settings.statement_timeout_s * 1000)} -c timezone=UTC",
                "prepare_threshold": 2,
            },
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open one transaction: commit on success, roll back on any error.

        No network call belongs inside. Services and repositories take the session and never commit.
        """
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
