"""Commands that begin media tasks, and what they answer."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from backend.schemas.base import Input, Output, Text
from backend.schemas.conversation import ConversationOut, ModelId
from backend.schemas.credit import CreditsOut, Options
from backend.schemas.message import MessageOut
from backend.schemas.task import Role, TaskOut

Prompt = Annotated[Text, Field(max_length=20_000, examples=["A tea house in morning mist"])]


SHOTS_MAX = 20
ShotNumber = Annotated[StrictInt, Field(ge=1, le=SHOTS_MAX)]
Chain = Annotated[StrictBool | None, Field(examples=[True])]
"""A storyboard as a chain of clips, or in one call; null: in one call where the model can do this one so."""


class ReferenceIn(Input):
    """An own asset that the request builds on."""

    asset_id: UUID
    role: Role = "reference"


class ShotIn(Input):
    """One shot of a storyboard; references of its own need a chain of clips."""

    prompt: Annotated[Text, Field(min_length=1, max_length=2_000, examples=["The door opens"])]
    seconds: Annotated[StrictInt, Field(ge=1, le=60, examples=[4])]
    references: list[ReferenceIn] = Field(default_factory=list, max_length=20)


class ShotRetry(Input):
    """A shot once more: the same again, or with other words, length and references."""

    shot: ShotIn | None = None


class ShotOrder(Input):
    """The numbers of all shots in the order that the film is to have."""

    order: Annotated[list[ShotNumber], Field(min_length=1, max_length=SHOTS_MAX, examples=[[3, 1, 2]])]


class TaskCreate(Input):
    """What is to be made. Options, references and shots are those that the model declares; others are refused by name.

    Shots make a storyboard: one call that makes all of them (``chain`` false), or a chain of clips that are tasks of
    their own and are joined (true); null leaves it to the model's abilities. ``continuous``: each clip begins with the
    last frame of the one before, unless it has a first frame of its own. The prompt is put before each shot's words.

    With a conversation, a question and a place for the result are put behind ``parent_id`` (as for messages), or,
    with ``answer_to``, a further result beside those of that question.
    """

    model_id: ModelId
    prompt: Prompt = ""
    options: Options = Field(default_factory=dict)
    references: list[ReferenceIn] = Field(default_factory=list, max_length=20)
    shots: list[ShotIn] = Field(default_factory=list, max_length=SHOTS_MAX)
    chain: Chain = None
    continuous: StrictBool = False
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    branch: StrictBool = False
    answer_to: UUID | None = None


class TaskTurn(Output):
    """A task that was begun, and the messages of its conversation (null outside of one)."""

    task: TaskOut
    conversation: ConversationOut | None
    user_message: MessageOut | None
    answer: MessageOut | None
    credits: CreditsOut


class ImageCreate(Input):
    """A picture, in one call and outside of any conversation."""

    prompt: Annotated[Prompt, Field(min_length=1)]
    model_id: ModelId
    size: Annotated[Text, Field(max_length=20, examples=["1:1"])] | None = None
    """The aspect ratio."""
    resolution: Annotated[Text, Field(max_length=20, examples=["1K"])] | None = None


class ImageEdit(ImageCreate):
    """A picture made from others: own assets, or https addresses that the server fetches."""

    image_urls: list[Annotated[Text, Field(max_length=2_000)]] = Field(default_factory=list, max_length=14)
    asset_ids: list[UUID] = Field(default_factory=list, max_length=14)


class VideoCreate(Input):
    """A clip, in one call and outside of any conversation; with ``image_url`` or ``asset_id`` it starts from that.

    With shots it is a storyboard; ``storyboard_images`` are then the first frames of its shots, in order.
    """

    prompt: Prompt = ""
    model_id: ModelId
    aspect_ratio: Annotated[Text, Field(max_length=20, examples=["16:9"])] | None = None
    seconds: Annotated[StrictInt, Field(ge=1, le=60)] | None = None
    n_frames: Annotated[Text, Field(max_length=10)] | StrictInt | None = None
    remove_watermark: StrictBool | None = None
    image_url: Annotated[Text, Field(max_length=2_000)] | None = None
    asset_id: UUID | None = None
    shots: list[ShotIn] = Field(default_factory=list, max_length=SHOTS_MAX)
    storyboard_images: list[UUID] = Field(default_factory=list, max_length=SHOTS_MAX)
    chain: Chain = None
    continuous: StrictBool = False
