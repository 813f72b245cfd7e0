"""Media tasks, as the API shows them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictInt

from backend.core.pricing import AMOUNT_MAX_MC
from backend.schemas.asset import AssetOut
from backend.schemas.base import ErrorOut, Input, Line, Output

Role = Literal["reference", "first_frame", "last_frame", "mask"]
TaskStateName = Literal[
    "waiting", "queued", "submitting", "running", "saving", "unconfirmed", "completed", "failed", "cancelled"
]


class ReferenceOut(Output):
    """An asset that a task builds on."""

    asset_id: UUID
    role: Role


class ShotOut(Output):
    """One shot of a storyboard."""

    prompt: str
    seconds: int
    references: list[ReferenceOut]


class TaskRequestOut(Output):
    """What was asked for, so that it can be asked for again."""

    options: dict[str, bool | int | float | str]
    references: list[ReferenceOut]
    shots: list[ShotOut]
    chain: bool
    continuous: bool


class StoryboardShotOut(ShotOut):
    """A shot that is a task of its own. ``number`` names it, whatever the order; ``task_id`` is its newest try.

    ``assets`` hold its clip. One that waits without a ``place`` waits for the shot that it goes on from.
    ``retryable``: it has ended without a clip, or the clip was deleted.
    """

    number: int
    task_id: UUID
    state: TaskStateName
    progress: int | None
    place: int | None
    paused_until: datetime | None
    pause_reason: str | None
    error: ErrorOut | None
    assets: list[AssetOut]
    held_mc: int | None
    charged_mc: int | None
    retryable: bool
    started_at: datetime | None
    finished_at: datetime | None


class StoryboardOut(Output):
    """Shots in the order of the film. ``continuous``: each goes on from the last frame of the one before."""

    continuous: bool
    shots: list[StoryboardShotOut]


class TaskOut(Output):
    """A media task. ``place``: the how-manieth of one's waiting tasks it is; ``pause_reason``: why it stands back.

    ``charged_mc`` is null until it has ended. ``progress`` is in percent where the provider tells it. One with a
    ``storyboard`` is made of its shots: it runs while they do, is saved while they are joined, holds and is charged
    what they are together, and may go on after its end when a shot is tried again or the order changes. One with a
    ``parent_id`` is such a shot.
    """

    id: UUID
    conversation_id: UUID | None
    message_id: UUID | None
    parent_id: UUID | None
    shot: int | None
    kind: Literal["image", "video"]
    model_id: str
    prompt: str
    request: TaskRequestOut
    state: TaskStateName
    progress: int | None
    place: int | None
    paused_until: datetime | None
    pause_reason: str | None
    error: ErrorOut | None
    assets: list[AssetOut]
    held_mc: int | None
    charged_mc: int | None
    storyboard: StoryboardOut | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FlagResolution(Input):
    """What a person found out about a flagged task: ``charge_mc`` is 0, or what its user pays after all."""

    charge_mc: Annotated[StrictInt, Field(ge=0, le=AMOUNT_MAX_MC, examples=[0])]
    reason: Annotated[Line, Field(min_length=1, max_length=200, examples=["The provider made nothing of it"])]


class FlaggedTaskOut(Output):
    """A task that a person should look at; what was asked for stays its user's."""

    id: UUID
    user_id: UUID
    kind: Literal["image", "video"]
    model_id: str
    error: ErrorOut | None
    created_at: datetime
    finished_at: datetime | None
