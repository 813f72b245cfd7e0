"""Conversations: made, titled, listed, deleted."""

import base64
import binascii
import re
from datetime import datetime
from unicodedata import east_asian_width
from uuid import UUID

from backend.core.config import Settings
from backend.core.direct_sql import Executor
from backend.core.errors import InvalidRequest, NotFound, TooManyConversations
from backend.core.ids import new_id
from backend.repositories import conversation_repository as repository
from backend.repositories.conversation_repository import ConversationRow

TITLE_WIDTH = 40
MARKS = re.compile(r"^(?:[#>*+-]+\s+|\d+[.)]\s+)+|[*_`~]{1,3}")
CURSOR_BYTES_MAX = 200


class ConversationService:
    """Conversations of one request's unit of work."""

    def __init__(self, db: Executor, settings: Settings) -> None:
        self._db = db
        self._settings = settings

    async def create_conversation(self, user_id: UUID, title: str | None = None) -> ConversationRow:
        """Make a conversation; without a title it waits for its first message. Raises TooManyConversations."""
        conversation_id = new_id()
        made = await repository.insert_conversation(
            self._db,
            conversation_id=conversation_id,
            user_id=user_id,
            title=title or "",
            title_is_custom=title is not None,
            most=self._settings.max_conversations_per_user,
        )
        if not made:
            raise TooManyConversations(limit=self._settings.max_conversations_per_user)
        return await self.get_conversation(conversation_id, user_id)

    async def get_conversation(self, conversation_id: UUID, user_id: UUID) -> ConversationRow:
        """Return the user's conversation; raises NotFound."""
        found = await repository.find_conversation(self._db, conversation_id, user_id)
        if found is None:
            raise NotFound
        return found

    async def get_conversation_list(
        self, user_id: UUID, *, archived: bool = False, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[ConversationRow], str | None]:
        """Return a page of the user's conversations and the cursor of the next page.

        Pinned ones stand first, then whatever was last used. The archived ones are a list of their own. Clients group
        them by day, since only they know where the reader's day begins.
        """
        after = decode_cursor(cursor) if cursor else None
        rows = await repository.list_conversations(self._db, user_id, archived=archived, after=after, limit=limit + 1)
        more = len(rows) > limit
        page = rows[:limit]
        return page, encode_cursor(page[-1]) if more else None

    async def update_conversation_title(self, conversation_id: UUID, title: str, is_custom: bool) -> bool:
        """Store a title; an automatic one never replaces a custom one (then False)."""
        return await repository.set_title(self._db, conversation_id, title, is_custom=is_custom)

    async def delete_conversation(self, conversation_id: UUID) -> bool:
        """Delete a conversation and its messages; False when it is gone already."""
        return await repository.delete_conversation(self._db, conversation_id)

    async def delete_own_conversation(self, conversation_id: UUID, user_id: UUID) -> bool:
        """Delete a conversation if it is the user's; False when there is none."""
        if await repository.find_conversation(self._db, conversation_id, user_id) is None:
            return False
        return await repository.delete_conversation(self._db, conversation_id)

    async def set_place(
        self, conversation_id: UUID, *, pinned: bool | None = None, archived: bool | None = None
    ) -> None:
        """Pin or archive a conversation; None leaves it. What is pinned is not archived, and the other way round."""
        await repository.set_place(self._db, conversation_id, pinned=pinned, archived=archived)


def generate_auto_title(first_message: str) -> str:
    """Return a title from the first message: its first line without Markdown marks, at most 40 columns wide.

    A Chinese character is two columns wide, so a title has up to 20 of them. Cut at a word's end where there
    is one near, with an ellipsis. ``generateAutoTitle`` in the frontend follows the same rule.
    """
    for line in first_message.splitlines():
        title = " ".join(MARKS.sub("", line.strip()).split())
        if title:
            return _shorten(title)
    return ""


def _shorten(title: str) -> str:
    width = 0
    for index, character in enumerate(title):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > TITLE_WIDTH:
            head = title[: index - 1]
            space = head.rfind(" ")
            return (head[:space] if space > len(head) // 2 else head).rstrip(" ,.;:，。；：、") + "…"
    return title


def encode_cursor(row: ConversationRow) -> str:
    """Return the opaque place after a row of the list."""
    place = f"{int(row.pinned)}|{row.updated_at.isoformat()}|{row.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[bool, datetime, UUID]:
    """Return the place that a cursor names; raises InvalidRequest for anything that we did not make."""
    try:
        plain = base64.urlsafe_b64decode(cursor[:CURSOR_BYTES_MAX] + "=" * (-len(cursor) % 4)).decode()
        pinned, moment, conversation_id = plain.split("|")
        place = bool(int(pinned)), datetime.fromisoformat(moment), UUID(conversation_id)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise InvalidRequest(field="cursor") from None
    if place[1].tzinfo is None:
        raise InvalidRequest(field="cursor")
    return place
