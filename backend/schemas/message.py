"""Messages and the commands that make them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, model_validator

from backend.schemas.asset import AssetOut
from backend.schemas.base import ErrorOut, Input, Output, Text
from backend.schemas.conversation import ModelId
from backend.schemas.task import TaskOut


class MessageCreate(Input):
    """A message of the user, to be answered by a model.

    ``parent_id`` names the message it follows (null: it opens the conversation). Following any other than the
    conversation's newest is refused as ``stale_parent``, unless ``branch`` says that this is meant.
    """

    content: Annotated[Text, Field(min_length=1, max_length=100_000, examples=["Which tea suits a foggy morning?"])]
    model_id: ModelId
    parent_id: UUID | None = None
    branch: StrictBool = False


class MessageImport(Input):
    """A message that was written elsewhere; ``error_code`` marks an answer that failed there."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=100_000, examples=["Which tea suits a foggy morning?"])]
    model_id: ModelId | None = None
    error_code: Annotated[Text, Field(min_length=1, max_length=60, pattern=r"^[a-z_]+$")] | None = None

    @model_validator(mode="after")
    def _has_words_or_failed(self) -> "MessageImport":
        if self.error_code is None and not self.content:
            raise ValueError("a message that did not fail has words")
        if self.error_code is not None and self.role != "assistant":
            raise ValueError("only answers fail")
        return self


class MessagesImport(Input):
    """What was said elsewhere, oldest first; all of it is brought in, or nothing."""

    messages: Annotated[list[MessageImport], Field(min_length=1, max_length=100)]


class HistoryItem(Output):
    """A message as a model is told it."""

    role: Literal["user", "assistant"]
    content: str


class Regenerate(Input):
    """Answer the same question again; the earlier answer stays as a sibling. Without a model: the same one."""

    model_id: ModelId | None = None


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


COMMENT_CHARS = 1000
Rating = Literal["up", "down"]


class FeedbackChange(Input):
    """What one thinks of an answer, in place of what was thought before; without a rating it is taken back."""

    rating: Rating | None
    comment: Annotated[Text, Field(max_length=COMMENT_CHARS, examples=["It missed the second question"])] = ""

    @model_validator(mode="after")
    def _comments_a_rating(self) -> "FeedbackChange":
        if self.rating is None and self.comment:
            raise ValueError("a comment belongs to a rating")
        return self


class FeedbackOut(Output):
    """What one thinks of an answer."""

    rating: Rating
    comment: str


class MessageState(Output):
    """A message without its text; ``parent_id`` makes the conversation a tree, siblings are versions of one another.

    A ``developing`` one is the place of what its ``task`` makes; ``assets`` are what it shows.
    """

    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    seq: int
    role: Literal["user", "assistant"]
    status: Literal["streaming", "developing", "complete", "stopped", "failed", "interrupted"]
    model_id: str | None
    usage: UsageOut | None
    error: ErrorOut | None
    credits: MessageCredits | None
    feedback: FeedbackOut | None
    task: TaskOut | None
    assets: list[AssetOut]
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
