"""Conversations, as the API shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.schemas.base import Input, Line, Output

Title = Annotated[Line, Field(min_length=1, max_length=120, examples=["Tea house in morning mist"])]
ModelId = Annotated[Line, Field(min_length=1, max_length=200, examples=["sandbox/gemini-3-flash"])]


class ConversationCreate(Input):
    """A new conversation; without a title it gets one from its first message."""

    title: Title | None = None


class ConversationChange(Input):
    """A new title; from then on it is never replaced automatically."""

    title: Title


class ConversationOut(Output):
    """A conversation. ``leaf_id`` is its newest message; ``running`` tells whether an answer is being written."""

    id: UUID
    title: str
    title_is_custom: bool
    model_id: str | None
    leaf_id: UUID | None
    running: bool
    created_at: datetime
    updated_at: datetime
