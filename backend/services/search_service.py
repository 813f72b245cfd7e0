"""Finding conversations by their titles, and by what was said in them."""

import base64
import binascii
import re
from typing import Any
from uuid import UUID

from backend.core.database import Database
from backend.core.direct_sql import Executor
from backend.core.errors import InvalidRequest
from backend.repositories import search_repository as repository
from backend.repositories.search_repository import FoundMessage, FoundTitle
from backend.services.search_terms import (
    TEXT_CHARS_MAX,
    Question,
    find_phrases,
    find_ranges,
    find_run,
    split_question,
    split_text,
)

SNIPPET_BEFORE = 16
SNIPPET_CHARS = 140
BLANK = re.compile(r"\s")
EDGE = re.compile(r"\W+")


class SearchService:
    """What one user finds, in one request."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def search(
        self, user_id: UUID, query: str, *, cursor: str | None = None, limit: int = 20
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of hits and the cursor of the next one: titles first, then messages, newest first each.

        A message has every word of the query, and something that begins with its last one; a Chinese word is found
        inside a sentence. Raises InvalidRequest for a cursor that we did not make.
        """
        question = split_question(query)
        part, before = _decode(cursor) if cursor else ("t", None)
        if not question:
            return [], None
        hits: list[dict[str, Any]] = []
        if part == "t":
            titles = await repository.find_titles(self._db, user_id, question.phrases, before=before, limit=limit + 1)
            hits += [_title_hit(found, question) for found in titles]
            before = None
        if len(hits) <= limit:
            messages = await repository.find_messages(
                self._db,
                user_id,
                _ts_query(user_id, question),
                before=before,
                limit=limit + 1 - len(hits),
                chars=TEXT_CHARS_MAX,
            )
            hits += [_message_hit(found, question) for found in messages]
        page = hits[:limit]
        return page, _encode(page[-1]) if len(hits) > limit else None


async def index_messages(database: Database, *, limit: int) -> int:
    """Make messages that have ended findable, at most so many; returns how many. Safe in any number of processes."""
    async with database.unit_of_work() as db:
        waiting = await repository.list_waiting(db, limit=limit, chars=TEXT_CHARS_MAX)
        terms = [
            (message.id, message.user_id, " ".join((_owner(message.user_id), *split_text(message.content))))
            for message in waiting
        ]
        if terms:
            await repository.store_terms(db, terms)
    return len(terms)


def _owner(user_id: UUID) -> str:
    """Return the term that stands for a user; no text has it, for it begins with a sign."""
    return f"@{user_id.hex}"


def _ts_query(user_id: UUID, question: Question) -> str:
    """Return the query in PostgreSQL's form; terms are letters and digits alone, so nothing in them is an operator."""
    words = [f"'{term}'" for term in sorted(question.terms)]
    beginnings = [f"'{prefix}':*" for prefix in sorted(question.prefixes)]
    return " & ".join((f"'{_owner(user_id)}'", *words, *beginnings))


def _title_hit(found: FoundTitle, question: Question) -> dict[str, Any]:
    return {
        "conversation_id": found.id,
        "title": found.title,
        "title_ranges": find_phrases(found.title, question),
        "archived": found.archived,
        "message_id": None,
        "role": None,
        "snippet": None,
        "snippet_ranges": [],
        "time": found.updated_at,
    }


def _message_hit(found: FoundMessage, question: Question) -> dict[str, Any]:
    snippet, ranges = cut_snippet(found.content, question)
    return {
        "conversation_id": found.conversation_id,
        "title": found.title,
        "title_ranges": [],
        "archived": found.archived,
        "message_id": found.id,
        "role": found.role,
        "snippet": snippet,
        "snippet_ranges": ranges,
        "time": found.created_at,
    }


def cut_snippet(content: str, question: Question) -> tuple[str, list[tuple[int, int]]]:
    """Return the part of a text around its first hit, on one line, and where the hits are in it (characters)."""
    anchor = find_run(content, question)
    if anchor < 0:
        anchor = next((begin for begin, _ in find_ranges(content, question)), 0)
    start = _begin_of_snippet(content, anchor)
    end = start + SNIPPET_CHARS
    head = "…" if start else ""
    moved = len(head) - start
    ranges = []
    for begin, stop in find_ranges(content, question, start):
        if begin >= end:
            break
        ranges.append((begin + moved, min(stop, end) + moved))
    tail = "…" if end < len(content) else ""
    return head + BLANK.sub(" ", content[start:end]) + tail, ranges


def _begin_of_snippet(content: str, anchor: int) -> int:
    """Return where to begin before a hit: after the end of a word or a sentence, where there is one near."""
    start = max(0, anchor - SNIPPET_BEFORE)
    edge = EDGE.search(content, start, anchor) if start else None
    return edge.end() if edge else start


def _encode(hit: dict[str, Any]) -> str:
    part, last = ("m", hit["message_id"]) if hit["message_id"] else ("t", hit["conversation_id"])
    return base64.urlsafe_b64encode(f"{part}|{last}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[str, UUID]:
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        part, _, last = plain.partition("|")
        place = part, UUID(last)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise InvalidRequest(field="cursor") from None
    if part not in ("t", "m"):
        raise InvalidRequest(field="cursor")
    return place
