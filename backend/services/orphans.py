"""Answers whose process died: ended by name by any process that lives, with the text of their last checkpoint."""

import time
from collections.abc import Sequence
from uuid import UUID

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.logging import get_logger
from backend.repositories import message_repository as messages

BEATS_PER_TIMEOUT = 5

log = get_logger(__name__)


class OrphanReaper:
    """One process's look at the answers of all. ``reap`` is called every ``period_s``."""

    def __init__(self, database: Database, settings: Settings, owner_id: UUID, *, beats: bool) -> None:
        """``owner_id``: this process; with ``beats`` it also gives a sign of life."""
        self._database = database
        self._timeout_s = settings.run_owner_timeout_s
        self._owner_id = owner_id
        self._beats = beats
        self._looked_at = 0.0
        self.period_s = settings.run_owner_timeout_s / BEATS_PER_TIMEOUT

    async def reap(self, running: Sequence[UUID] = ()) -> None:
        """Give a sign of life, and end what nobody writes any more; ``running``: what this process writes.

        Whoever could not reach the database for a while only beats: the others could not beat either.
        """
        async with self._database.unit_of_work() as db:
            if self._beats:
                await messages.beat(db, self._owner_id)
            was_away = time.monotonic() - self._looked_at > self._timeout_s / 2
            orphans = (
                []
                if was_away
                else await messages.interrupt_orphans(db, self._owner_id, running, timeout_s=self._timeout_s)
            )
        self._looked_at = time.monotonic()
        if orphans:
            log.warning("ended orphaned answers", count=len(orphans))
