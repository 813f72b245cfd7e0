"""Conversations, as the API shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, model_validator
from pydantic.json_schema import SkipJsonSchema

from backend.schemas.base import Input, Line, Output

DELETED_AT_ONCE_MAX = 100

Title = Annotated[Line, Field(min_length=1, max_length=120, examples=["Tea house in morning mist"])]
ModelId = Annotated[Line, Field(min_length=1, max_length=200, examples=["sandbox/gemini-3-flash"])]


class ConversationCreate(Input):
    """A new conversation; without a title it gets one from its first message."""

    title: Title | None = None


class ConversationChange(Input):
    """What shall be different; what is not named stays.

    A title that was given is never replaced automatically. Pinned conversations stand first in the list; archived ones
    are in a list of their own until somebody writes in them again. A pinned one leaves the archive, an archived one is
    pinned no longer.
    """

    title: Title | SkipJsonSchema[None] = None
    pinned: StrictBool | SkipJsonSchema[None] = None
    archived: StrictBool | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _says_something_possible(self) -> "ConversationChange":
        given = [getattr(self, name) for name in self.model_fields_set]
        if not given or None in given:
            raise ValueError("names nothing, or gives it no value")
        if self.pinned and self.archived:
            raise ValueError("what is archived is not pinned")
        return self


class ConversationsDelete(Input):
    """Conversations to be deleted with all that is in them."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=DELETED_AT_ONCE_MAX)]


class ConversationsDeleted(Output):
    """Which conversations were deleted now; those that are not among them had gone before."""

    ids: list[UUID]


class ConversationOut(Output):
    """A conversation. ``leaf_id`` is its newest message; ``running`` tells whether an answer is being written."""

    id: UUID
    title: str
    title_is_custom: bool
    pinned: bool
    archived: bool
    model_id: str | None
    leaf_id: UUID | None
    running: bool
    created_at: datetime
    updated_at: datetime
