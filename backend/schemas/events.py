"""What a chat stream tells, as one union; ``type`` says which. Clients ignore types that they do not know.

On the wire each event is ``id: <seq>`` and one ``data:`` line of JSON. A connection that closes without an
``end`` event means "follow again from the last id", never "finished".
"""

from typing import Annotated, Literal

from pydantic import Field

from backend.schemas.base import ErrorOut, Output
from backend.schemas.conversation import ConversationOut
from backend.schemas.credit import CreditsOut
from backend.schemas.message import MessageOut, UsageOut


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
