"""Messages and the commands that make them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from backend.schemas.base import Input, Output, Text
from backend.schemas.conversation import ModelId

Param = str | int | bool | list[str] | None


class MessageCreate(Input):
    """A message of the user, to be answered by a model.

    ``parent_id`` names the message it follows (null: it opens the conversation). Following any other than the
    conversation's newest is refused as ``stale_parent``, unless ``branch`` says that this is meant.
    """

    content: Annotated[Text, Field(min_length=1, max_length=100_000, examples=["Which tea suits a foggy morning?"])]
    model_id: ModelId
    parent_id: UUID | None = None
    branch: StrictBool = False


class Regenerate(Input):
    """Answer the same question again; the earlier answer stays as a sibling. Without a model: the same one."""

    model_id: ModelId | None = None


class ErrorOut(Output):
    """Why an answer failed: a stable code, and parameters for its sentence."""

    code: str
    params: dict[str, Param]


class UsageOut(Output):
    """Tokens of an answer; ``estimated`` when the provider reported none and they were counted here.

    ``completion_tokens`` include ``reasoning_tokens``, ``prompt_tokens`` include ``cached_tokens``.
    """

    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    estimated: bool


class MessageCredits(Output):
    """What an answer was held for, what it cost (null while it is written), and how many tokens it could get.

    ``limited``: fewer than usual, since the account did not cover more.
    """

    transaction_id: UUID | None
    held_mc: int
    charged_mc: int | None
    tokens_max: int
    limited: bool


class MessageState(Output):
    """A message without its text; ``parent_id`` makes the conversation a tree, siblings are versions of one another."""

    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    seq: int
    role: Literal["user", "assistant"]
    status: Literal["streaming", "complete", "stopped", "failed", "interrupted"]
    model_id: str | None
    usage: UsageOut | None
    error: ErrorOut | None
    credits: MessageCredits | None
    created_at: datetime
    finished_at: datetime | None


class MessageOut(MessageState):
    """A message; ``parent_id`` makes the conversation a tree, siblings are versions of one another."""

    content: str
    reasoning: str


class MessageList(Output):
    """A page of a conversation, oldest first; ask with ``before_id`` = the first one's id for earlier ones."""

    items: list[MessageOut]
    has_more: bool
    leaf_id: UUID | None


class Turn(Output):
    """A user's message and its answer (null: regenerated, the user's message was there before)."""

    user_message: MessageOut | None
    answer: MessageOut


class MessageDeleted(Output):
    """A message is gone; those that followed it now follow its parent. ``leaf_id``: the newest one left."""

    id: UUID
    conversation_id: UUID
    leaf_id: UUID | None
