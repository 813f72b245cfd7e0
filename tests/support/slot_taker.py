"""Several processes that want the same few slots.

``python -m tests.support.slot_taker ORDER`` forks them; each takes, uses and gives back slots until it has had its
share, and prints as a line of JSON what it saw. Who has a slot stands in the table ``slots_in_use`` as long: no more
rows than slots may ever be there.
"""

import asyncio
import json
import os
import sys
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import Unavailable
from backend.core.ids import new_id
from backend.core.logging import setup_logging
from backend.core.redis import RedisClient
from backend.services.task_limit_service import Slot, TaskKind, TaskLimitService

TABLE = "CREATE TABLE slots_in_use (id uuid PRIMARY KEY, kind text, user_id uuid, conversation_id uuid)"
FLUSH_LOCK = 77
PAUSE_S = 0.01
# Taking a slot and noting it are two steps, as in the product; this lock (shared here, exclusive for whoever empties
# Redis) keeps the emptying out from between them, where only the tasks table's own guard could see it.
SHARE = text(f"SELECT pg_advisory_xact_lock_shared({FLUSH_LOCK})")
NOTE = text("INSERT INTO slots_in_use VALUES (:id, :kind, :user_id, :conversation_id)")
COUNT = text("SELECT count(*) FROM slots_in_use WHERE user_id = :user_id")
FORGET = text("DELETE FROM slots_in_use WHERE id = :id")
LIST = text("SELECT kind, user_id, conversation_id, id FROM slots_in_use")


async def list_in_use(db: AsyncSession) -> list[Slot]:
    """Return what holds slots by the database."""
    return [(TaskKind(kind), user_id, place, slot) for kind, user_id, place, slot in await db.execute(LIST)]


class Taker:
    """Many tasks of one process."""

    def __init__(self, order: dict[str, Any]) -> None:
        settings = Settings(
            video_limit_per_user=order["limit"],
            video_limit_per_conversation=order["limit"],
            slot_lease_s=order["lease_s"],
            database_pool_size=20,
        )
        self.database = Database(order["database_url"], settings)
        self.redis = RedisClient(order["redis_url"])
        self.slots = TaskLimitService(self.redis, self.database, settings, list_in_use)
        self.user_id, self.conversation_id = UUID(order["user_id"]), UUID(order["conversation_id"])
        self.left = order["turns"]
        self.most = self.taken = self.refused = self.unavailable = 0

    async def work(self) -> None:
        """Take a slot, use it for a moment and give it back, again and again."""
        while self.left > 0:
            slot = new_id()
            if not await self.take(slot):
                await asyncio.sleep(PAUSE_S)
                continue
            self.left -= 1
            async with self.database.unit_of_work() as db:
                self.most = max(self.most, (await db.execute(COUNT, {"user_id": self.user_id})).scalar_one())
            await self.give_back(slot)

    async def take(self, slot: UUID) -> bool:
        """Take a slot and note it; False when there is none."""
        async with self.database.unit_of_work() as db:
            await db.execute(SHARE)
            try:
                taken = await self.slots.check_and_acquire(
                    self.user_id, self.conversation_id, TaskKind.VIDEO, slot_id=slot
                )
            except Unavailable:
                self.unavailable += 1
                return False
            self.taken, self.refused = self.taken + taken, self.refused + (not taken)
            if taken:
                where = {"user_id": self.user_id, "conversation_id": self.conversation_id}
                await db.execute(NOTE, {"id": slot, "kind": TaskKind.VIDEO, **where})
        return taken

    async def give_back(self, slot: UUID) -> None:
        """Forget the slot, then give it back: the order in which a finished task does it."""
        async with self.database.unit_of_work() as db:
            await db.execute(SHARE)
            await db.execute(FORGET, {"id": slot})
        await self.slots.release(self.user_id, self.conversation_id, TaskKind.VIDEO, slot_id=slot)


async def compete(order: dict[str, Any]) -> None:
    """Work with many tasks at once, and say what was seen."""
    taker = Taker(order)
    async with asyncio.timeout(order["patience_s"]):
        await asyncio.gather(*(taker.work() for _ in range(order["tasks"])))
    await taker.redis.close()
    await taker.database.close()
    seen = {name: getattr(taker, name) for name in ("most", "taken", "refused", "unavailable")}
    os.write(1, json.dumps(seen).encode() + b"\n")


def main() -> None:
    """Fork the processes, and wait for all of them; the code is loaded once."""
    setup_logging(level="error", json=True)
    order = json.loads(sys.argv[1])
    children = []
    for _ in range(order["processes"]):
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(compete(order))
            finally:
                os._exit(1 if sys.exc_info()[0] else 0)
        children.append(child)
    sys.exit(any(os.waitpid(child, 0)[1] for child in children))


if __name__ == "__main__":
    main()
