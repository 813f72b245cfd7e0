"""Messages and tasks as the API shows them, and what a message or task may cost besides its hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.repositories.message_repository import Row
from backend.services.credit_service import CreditService

FIELDS = ("id", "conversation_id", "parent_id", "seq", "role", "status", "content", "reasoning", "model_id")
TIMES = ("created_at", "finished_at")
TASK_FIELDS = (
    "id", "conversation_id", "message_id", "parent_id", "shot", "kind", "model_id", "prompt", "request", "state",
    "progress", "place", "pause_reason", "error", "held_mc", "charged_mc",
)  # fmt: skip
TASK_TIMES = ("paused_until", "created_at", "started_at", "finished_at")
SHOT_TIMES = ("paused_until", "started_at", "finished_at")


def format_message(message_data: Row) -> dict[str, Any]:
    """Return a stored message in the API's form: what is ours alone (owner, keys) stays out."""
    shown = {name: message_data[name] for name in FIELDS}
    shown["usage"] = message_data["usage"]
    shown["error"] = message_data["error"]
    shown["credits"] = message_data["credits"]
    shown["feedback"] = message_data.get("feedback")
    task = message_data.get("task")
    shown["task"] = format_task(task) if task else None
    shown["assets"] = [format_asset(asset) for asset in message_data.get("assets", ())]
    for name in TIMES:
        shown[name] = format_time(message_data[name])
    return shown


def format_task(row: Row) -> dict[str, Any]:
    """Return a stored task in the API's form."""
    shown = {name: row[name] for name in TASK_FIELDS}
    shown["assets"] = [format_asset(asset) for asset in row["assets"]]
    board = row["storyboard"]
    shown["storyboard"] = {**board, "shots": [format_shot(shot) for shot in board["shots"]]} if board else None
    return shown | {name: format_time(row[name]) for name in TASK_TIMES}


def format_shot(row: Row) -> dict[str, Any]:
    """Return a shot of a stored storyboard in the API's form."""
    times = {name: format_time(row[name]) for name in SHOT_TIMES}
    return {**row, "assets": [format_asset(asset) for asset in row["assets"]], **times}


def format_asset(row: Row) -> dict[str, Any]:
    """Return an asset, as the database's own JSON shows it, in the API's form."""
    return {**row, "created_at": format_time(row["created_at"])}


def format_conversation(row: Row, *, running: bool) -> dict[str, Any]:
    """Return a stored conversation in the API's form."""
    names = ("id", "title", "title_is_custom", "pinned", "archived", "model_id", "leaf_id")
    shown = {name: row[name] for name in names}
    return shown | {"running": running} | {name: format_time(row[name]) for name in ("created_at", "updated_at")}


async def deduct_user_credits(db: AsyncSession, user_id: UUID, credits: int, description: str) -> None:
    """Take milli-credits of a user at once, with a reason that the user reads: for what no hold pays for.

    The ledger's own operation, in the caller's transaction. Raises InsufficientCredits: what is held stays covered.
    """
    await CreditService(db).deduct_atomic(user_id, credits, description)


def format_time(value: str | datetime | None) -> str | None:
    """Return a time as the rest of the API writes it; PostgreSQL's JSON drops trailing zeros and says ``+00:00``."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.isoformat().replace("+00:00", "Z")
