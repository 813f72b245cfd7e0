"""A conversation as Markdown, and as JSON that the import route understands."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from backend.repositories.asset_repository import AssetRow
from backend.repositories.transcript_repository import TranscriptRow
from backend.services.export_words import Words
from backend.services.message_utils import format_time
from backend.services.share_service import show_status, spoken

MARKS = re.compile(r"([\\`*_{}\[\]<>()#+.!|~&-])")
JSON_FORMAT, JSON_VERSION = "latent.conversation", 1


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of its conversation; ``branch`` are the messages of the branch that was asked for."""

    title: str
    made_at: datetime
    leaf_id: UUID | None
    branch: frozenset[UUID]
    words: Words
    model_name: Callable[[str], str]

    def author(self, row: TranscriptRow) -> str:
        """Return who says a message."""
        if row.role == "user":
            return self.words.you
        return self.model_name(row.model_id) if row.model_id else self.words.answer

    def remark(self, row: TranscriptRow) -> str:
        """Return how a message ended, where that is worth a word."""
        return {"unfinished": self.words.unfinished, "failed": self.words.failed}.get(show_status(row.status), "")

    def made(self) -> str:
        """Return when the file was made, as a line."""
        return self.words.made.format(day=self.made_at.date().isoformat())


class Writer(Protocol):
    """Writes a file, piece by piece."""

    def begin(self) -> bytes:
        """Return what stands before the messages."""
        ...

    def message(self, row: TranscriptRow, assets: Sequence[AssetRow]) -> AsyncGenerator[bytes]:
        """Yield a message with what it shows."""
        ...

    def end(self) -> bytes:
        """Return what stands behind the messages."""
        ...


class MarkdownWriter:
    """Markdown: the words as they are, pictures and clips by their names."""

    def __init__(self, heading: Heading) -> None:
        self._heading = heading

    def begin(self) -> bytes:
        """Return the title."""
        title = escape_marks(self._heading.title or self._heading.words.untitled)
        return f"# {title}\n\n{self._heading.made()}\n".encode()

    async def message(self, row: TranscriptRow, assets: Sequence[AssetRow]) -> AsyncGenerator[bytes]:
        """Yield a message below its author."""
        remark = self._heading.remark(row)
        author = escape_marks(self._heading.author(row)) + (f" ({remark})" if remark else "")
        names = "\n".join(f"- {self._name(asset)}" for asset in assets)
        parts = [f"\n---\n\n**{author}**", spoken(row).rstrip(), names]
        yield ("\n\n".join(part for part in parts if part) + "\n").encode()

    def end(self) -> bytes:
        """Return nothing."""
        return b""

    def _name(self, asset: AssetRow) -> str:
        kind = self._heading.words.kinds[asset.kind.value]
        return f"{kind}: {escape_marks(asset.name)}" if asset.name else kind


class JsonWriter:
    """JSON: all branches, with what is needed to build the tree again.

    ``role``, ``content``, ``model_id`` and ``error_code`` of a message are what the import route takes.
    """

    def __init__(self, heading: Heading) -> None:
        self._heading = heading
        self._is_first = True

    def begin(self) -> bytes:
        """Return what is said of the whole, up to the messages' bracket."""
        whole = {
            "format": JSON_FORMAT,
            "version": JSON_VERSION,
            "title": self._heading.title,
            "exported_at": format_time(self._heading.made_at),
            "leaf_id": self._heading.leaf_id,
        }
        return orjson.dumps(whole)[:-1] + b',"messages":['

    async def message(self, row: TranscriptRow, assets: Sequence[AssetRow]) -> AsyncGenerator[bytes]:
        """Yield a message as one line."""
        shown: Mapping[str, Any] = {
            "id": row.id,
            "parent_id": row.parent_id,
            "on_branch": row.id in self._heading.branch,
            "role": row.role,
            "status": row.status,
            "content": spoken(row),
            "model_id": row.model_id,
            "error_code": row.error_code,
            "reasoning": row.reasoning,
            "assets": [
                {"id": asset.id, "kind": asset.kind.value, "mime": asset.mime, "name": asset.name} for asset in assets
            ],
            "created_at": format_time(row.created_at),
            "finished_at": format_time(row.finished_at),
        }
        yield (b"\n" if self._is_first else b",\n") + orjson.dumps(shown)
        self._is_first = False

    def end(self) -> bytes:
        """Return the closing brackets."""
        return b"\n]}\n"


def escape_marks(text: str) -> str:
    """Return a line of text that means the same in Markdown."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
