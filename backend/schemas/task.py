"""Media tasks, as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.schemas.asset import AssetOut
from backend.schemas.base import ErrorOut, Output

Role = Literal["reference", "first_frame", "last_frame", "mask"]


class ReferenceOut(Output):
    """An asset that a task builds on."""

    asset_id: UUID
    role: Role


class ShotOut(Output):
    """One shot of a storyboard."""

    prompt: str
    seconds: int


class TaskRequestOut(Output):
    """What was asked for, so that it can be asked for again."""

    options: dict[str, bool | int | float | str]
    references: list[ReferenceOut]
    shots: list[ShotOut]


class TaskOut(Output):
    """A media task. ``place``: the how-manieth of one's waiting tasks it is; ``pause_reason``: why it stands back.

    ``charged_mc`` is null until it has ended. ``progress`` is in percent where the provider tells it.
    """

    id: UUID
    conversation_id: UUID | None
    message_id: UUID | None
    kind: Literal["image", "video"]
    model_id: str
    prompt: str
    request: TaskRequestOut
    state: Literal[
        "waiting", "queued", "submitting", "running", "saving", "unconfirmed", "completed", "failed", "cancelled"
    ]
    progress: int | None
    place: int | None
    paused_until: datetime | None
    pause_reason: str | None
    error: ErrorOut | None
    assets: list[AssetOut]
    held_mc: int | None
    charged_mc: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FlaggedTaskOut(Output):
    """A task that a person should look at; what was asked for stays its user's."""

    id: UUID
    user_id: UUID
    kind: Literal["image", "video"]
    model_id: str
    error: ErrorOut | None
    created_at: datetime
    finished_at: datetime | None
