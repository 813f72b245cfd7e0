"""What a device knows of a user's things: read from the tables in one transaction, or made of events."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.repositories import credit_repository, task_repository
from backend.schemas.conversation import ConversationOut
from backend.services.conversation_service import ConversationService
from backend.services.event_service import EventService
from backend.services.message_service import MessageService
from backend.services.message_utils import format_task
from tests.support.server import RunningApp

PAGE = 100
Row = dict[str, Any]


@dataclass
class State:
    """Conversations, messages and tasks by id, the account, and the number of the newest event that is in here."""

    seq: int = field(default=0, compare=False)
    conversations: dict[str, Row] = field(default_factory=dict)
    messages: dict[str, Row] = field(default_factory=dict)
    tasks: dict[str, Row] = field(default_factory=dict)
    credits: Row = field(default_factory=dict)
    texts: dict[str, Row] = field(default_factory=dict, compare=False)
    """The messages with their texts, which events do not tell."""


def summary(message: Row) -> Row:
    """Return a message as events tell it; how much of a text is there while it is written, its stream tells."""
    shown = {name: value for name, value in message.items() if name not in ("content", "reasoning")}
    return {**shown, "content_chars": 0 if shown["status"] == "streaming" else len(message["content"])}


def replay(events: Iterable[Row], before: State | None = None) -> State:
    """Return what a device knows after these events."""
    state = deepcopy(before or State())
    for event in events:
        apply_event(state, event["type"], event["data"])
        state.seq = event["seq"]
    return state


def apply_event(state: State, kind: str, data: Row) -> None:
    """Change the state as an event says."""
    match kind:
        case "conversation.changed":
            state.conversations[data["id"]] = data
        case "conversation.deleted":
            state.conversations.pop(data["id"], None)
            state.messages = {key: m for key, m in state.messages.items() if m["conversation_id"] != data["id"]}
            for task in state.tasks.values():
                if task["conversation_id"] == data["id"]:
                    task["conversation_id"] = task["message_id"] = None
        case "message.changed":
            state.messages[data["id"]] = data
        case "message.deleted":
            del state.messages[data["id"]]
        case "task.changed":
            state.tasks[data["id"]] = data
            if (message := state.messages.get(data["message_id"])) is not None:
                message["task"] = data
        case "credits.changed":
            state.credits = data
        case _:
            raise AssertionError(f"an event of a kind that nobody here knows: {kind}")


async def read_state(app: RunningApp, user_id: UUID) -> State:
    """Return the state and its number, of one moment, whatever others do meanwhile."""
    state, settings = State(), app.container.settings
    async with app.container.database.unit_of_work() as db:
        await db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        state.seq = await EventService(db).snapshot_seq(user_id)
        conversations = []
        for archived in (False, True):
            cursor, more = None, True
            while more:
                rows, cursor = await ConversationService(db, settings).get_conversation_list(
                    user_id, archived=archived, cursor=cursor, limit=PAGE
                )
                conversations += [ConversationOut.model_validate(row).model_dump(mode="json") for row in rows]
                more = cursor is not None
        state.conversations = {conversation["id"]: conversation for conversation in conversations}
        for conversation_id in state.conversations:
            offset, more = 0, True
            while more:
                page = await MessageService(db).get_messages(UUID(conversation_id), user_id, PAGE, offset)
                state.texts |= {message["id"]: message for message in page["items"]}
                offset, more = offset + PAGE, page["has_more"]
        state.messages = {key: summary(message) for key, message in state.texts.items()}
        tasks = await task_repository.list_tasks(db, user_id, active=False, after=None, limit=PAGE)
        state.tasks = {str(row["id"]): format_task(row) for row in tasks}
        account = await credit_repository.find_account(db, user_id)
        assert account is not None
        state.credits = {
            "balance_mc": account.balance_mc,
            "held_mc": account.held_mc,
            "available_mc": account.balance_mc - account.held_mc,
        }
    return state
