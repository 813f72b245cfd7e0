"""Messages as the API shows them."""

from datetime import datetime
from typing import Any

from backend.repositories.message_repository import Row

FIELDS = ("id", "conversation_id", "parent_id", "seq", "role", "status", "content", "reasoning", "model_id")
TIMES = ("created_at", "finished_at")


def format_message(message_data: Row) -> dict[str, Any]:
    """Return a stored message in the API's form: what is ours alone (owner, keys) stays out."""
    shown = {name: message_data[name] for name in FIELDS}
    shown["usage"] = message_data["usage"]
    shown["error"] = message_data["error"]
    shown["credits"] = message_data["credits"]
    shown["task"] = message_data.get("task")
    shown["assets"] = message_data.get("assets", [])
    for name in TIMES:
        shown[name] = format_time(message_data[name])
    return shown


def format_conversation(row: Row, *, running: bool) -> dict[str, Any]:
    """Return a stored conversation in the API's form."""
    names = ("id", "title", "title_is_custom", "model_id", "leaf_id")
    shown = {name: row[name] for name in names}
    return shown | {"running": running} | {name: format_time(row[name]) for name in ("created_at", "updated_at")}


def format_time(value: str | datetime | None) -> str | None:
    """Return a time as the rest of the API writes it; PostgreSQL's JSON drops trailing zeros and says ``+00:00``."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.isoformat().replace("+00:00", "Z")
