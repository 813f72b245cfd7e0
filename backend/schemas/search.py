"""What was found."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.schemas.base import Output, Text

SearchQuery = Annotated[Text, Field(min_length=1, max_length=200, examples=["晨雾 tea"])]
Range = tuple[int, int]


class SearchHit(Output):
    """A conversation whose title, or a message whose text, has what was looked for (``message_id`` tells which).

    Ranges are begin and end of what is to be marked, in characters (Unicode code points). ``time``: when the message
    was written, or the conversation was last used. ``archived`` conversations are found too.
    """

    conversation_id: UUID
    title: str
    title_ranges: list[Range]
    archived: bool
    message_id: UUID | None
    role: Literal["user", "assistant"] | None
    snippet: str | None
    snippet_ranges: list[Range]
    time: datetime
