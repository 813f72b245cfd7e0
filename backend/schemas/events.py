"""What streams and sockets tell, as unions; ``type`` says which. Clients ignore types that they do not know.

A chat stream (``ChatEvent``) tells one answer as it is written: each event is ``id: <seq>`` and one ``data:`` line of
JSON. A connection that closes without an ``end`` event means "follow again from the last id", never "finished".

A user's log (``UserEvent``) tells what changed, numbered by ``seq`` without gaps; ``/ws`` sends it live, one JSON text
each, among ``SocketMessage``. A socket that closes means "open it again after the last ``seq``".
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.schemas.base import Deleted, ErrorOut, Input, Output
from backend.schemas.conversation import ConversationOut
from backend.schemas.credit import CreditsOut
from backend.schemas.message import MessageOut, MessageState, UsageOut
from backend.schemas.task import TaskOut

SEQ_MAX = 2**63 - 1
TASKS_MAX = 100


class Started(Output):
    """The turn is stored; first event of the one who sent it."""

    type: Literal["started"]
    conversation: ConversationOut
    user_message: MessageOut | None
    answer: MessageOut
    credits: CreditsOut | None
    """The account after the hold; null for a repeated command."""


class Snapshot(Output):
    """The answer so far, for a follower who joins later; deltas continue from it."""

    type: Literal["snapshot"]
    answer: MessageOut


class Delta(Output):
    """More text of the answer."""

    type: Literal["delta"]
    text: str


class Reasoning(Output):
    """More of the model's thoughts."""

    type: Literal["reasoning"]
    text: str


class Usage(Output):
    """Tokens, once they are known."""

    type: Literal["usage"]
    usage: UsageOut


class Credits(Output):
    """The account, once the hold has ended."""

    type: Literal["credits"]
    credits: CreditsOut


class Failed(Output):
    """The answer failed; ``end`` follows."""

    type: Literal["error"]
    error: ErrorOut


class End(Output):
    """The answer has its final state, as stored."""

    type: Literal["end"]
    answer: MessageOut


ChatEvent = Annotated[
    Started | Snapshot | Delta | Reasoning | Usage | Credits | Failed | End, Field(discriminator="type")
]


class MessageSummary(MessageState):
    """A message as events tell it: how long its text is, not the text."""

    content_chars: int


class MessageGone(Deleted):
    """Which message is gone, and where it was."""

    conversation_id: UUID


class ConversationChanged(Output):
    """A conversation is new or has changed."""

    type: Literal["conversation.changed"]
    seq: int
    data: ConversationOut


class ConversationDeleted(Output):
    """A conversation is gone, and its messages with it."""

    type: Literal["conversation.deleted"]
    seq: int
    data: Deleted


class MessageChanged(Output):
    """A message is new, has ended, or follows another one now; ask for it to have its text."""

    type: Literal["message.changed"]
    seq: int
    data: MessageSummary


class MessageRemoved(Output):
    """A message is gone; what followed it is told as changed."""

    type: Literal["message.deleted"]
    seq: int
    data: MessageGone


class CreditsChanged(Output):
    """The account has changed."""

    type: Literal["credits.changed"]
    seq: int
    data: CreditsOut


class TaskChanged(Output):
    """A media task is new, has moved on, or is further; the whole task as it is now."""

    type: Literal["task.changed"]
    seq: int
    data: TaskOut


UserEvent = Annotated[
    ConversationChanged | ConversationDeleted | MessageChanged | MessageRemoved | CreditsChanged | TaskChanged,
    Field(discriminator="type"),
]


class EventPage(Output):
    """Events in their order. ``last_seq``: the newest there is; ``reset``: those asked for are gone, begin anew."""

    items: list[UserEvent]
    last_seq: int
    reset: bool


class Hello(Output):
    """The socket is open; ``seq`` is the newest event. Those after the one that was asked for follow.

    ``build`` names the web client that this server has: a page of another one is out of date. Null: it has none.
    """

    type: Literal["hello"]
    seq: int
    build: str | None


class Reset(Output):
    """The events that were asked for are gone: read everything anew; those after ``seq`` follow."""

    type: Literal["reset"]
    seq: int


class Pong(Output):
    """The answer to ``ping``."""

    type: Literal["pong"]


SocketMessage = Annotated[UserEvent | Hello | Reset | Pong, Field(discriminator="type")]


class PingCommand(Input):
    """Say something: the answer is ``pong``."""

    type: Literal["ping"]


class SubscribeCommand(Input):
    """Of tasks that go on, tell only about these (null: about all, as at first). Ends are told, as everything else."""

    type: Literal["subscribe"]
    task_ids: Annotated[list[UUID], Field(max_length=TASKS_MAX)] | None


SocketCommand = Annotated[PingCommand | SubscribeCommand, Field(discriminator="type")]
