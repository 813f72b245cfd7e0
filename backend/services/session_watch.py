"""Streams end with the session that opened them: looked at together, every few seconds, in one statement."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.database import Database
from backend.core.logging import get_logger
from backend.repositories import session_repository

log = get_logger(__name__)


class SessionWatch:
    """The sessions behind this process's open streams. ``start`` and ``close`` belong to the process's life."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._held: dict[UUID, set[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            await end_tasks(self._looking)

    @contextmanager
    def hold(self, session_id: UUID) -> Iterator[asyncio.Future[None]]:
        """Yield what is done once the session has ended, by signing out or otherwise."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.setdefault(session_id, set()).add(over)
        try:
            yield over
        finally:
            self._held[session_id].discard(over)
            if not self._held[session_id]:
                del self._held[session_id]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.socket_check_s)
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("sessions of streams could not be looked at; trying again", reason=str(error))

    async def _look(self) -> None:
        held = set(self._held)
        if not held:
            return
        async with self._database.one_statement() as db:
            living = await session_repository.living_sessions(db, held, idle_s=self._settings.session_idle_s)
        for session_id in held - living:
            for over in self._held.get(session_id, ()):
                if not over.done():
                    over.set_result(None)
