"""Events as the API shows them, and the log read page by page."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.models import EventType
from backend.repositories import event_repository as repository
from backend.repositories.event_repository import EventRow
from backend.services.message_utils import format_conversation, format_message, format_task

TASK_PREFIX = "task."


def format_event(row: EventRow) -> dict[str, Any] | None:
    """Return a stored event in the API's form; None for one that only a newer version of this code knows."""
    data = format_data(row.type, row.data)
    return None if data is None else {"seq": row.seq, "type": row.type, "data": data}


def format_data(kind: str, data: dict[str, Any]) -> dict[str, Any] | None:
    """Return what an event tells: rows as the other routes show them, long texts left out."""
    match kind:
        case EventType.CONVERSATION_CHANGED:
            return format_conversation(data, running=data["running"])
        case EventType.MESSAGE_CHANGED:
            shown = format_message({**data, "content": "", "reasoning": ""})
            del shown["content"], shown["reasoning"]
            return {**shown, "content_chars": data["content_chars"]}
        case EventType.TASK_CHANGED:
            return format_task(data)
        case EventType.CONVERSATION_DELETED | EventType.MESSAGE_DELETED | EventType.CREDITS_CHANGED:
            return data
        case _:
            return None


def task_going_on(row: EventRow) -> str | None:
    """Return the id of the task that an event tells to go on; None for its end and for all other events."""
    goes_on = row.type.startswith(TASK_PREFIX) and row.data.get("finished_at") is None
    return str(row.data["id"]) if goes_on else None


class EventService:
    """A user's log, in one unit of work."""

    def __init__(self, db: AsyncSession) -> None:
        self._db = db

    async def get_events(self, user_id: UUID, after: int | None, limit: int) -> dict[str, Any]:
        """Return the events after a number (None: just the newest number).

        ``reset``: some of them are gone, or the number is none of ours. Then read everything else anew, and go on
        from ``last_seq``.
        """
        if after is None:
            return {"items": [], "last_seq": await self.snapshot_seq(user_id), "reset": False}
        found = (await repository.read_after(self._db, {user_id: after}, limit=limit))[user_id]
        shown = [] if found.is_gap else [format_event(row) for row in found.rows]
        return {"items": [event for event in shown if event], "last_seq": found.last_seq, "reset": found.is_gap}

    async def snapshot_seq(self, user_id: UUID) -> int:
        """Return the number of the user's newest event, to go with rows that are read after it in the same unit.

        In this order the rows tell at least everything up to that number; what is told again later is only newer.
        """
        return (await repository.last_seqs(self._db, [user_id])).get(user_id, 0)
