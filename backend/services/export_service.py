"""Exports: a conversation as a file, read and written piece by piece."""

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock, utc_now
from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import ConversationTooLarge, NotFound
from backend.repositories import asset_repository, audit_repository, conversation_repository, transcript_repository
from backend.repositories.asset_repository import AssetRow
from backend.repositories.transcript_repository import Place, TranscriptRow
from backend.services.asset_arrival import clean_name
from backend.services.asset_service import AssetFile, AssetService
from backend.services.export_html import HtmlWriter
from backend.services.export_text import Heading, JsonWriter, MarkdownWriter, Writer
from backend.services.export_words import WORDS, ExportLanguage

CHUNK_MESSAGES = 50
NO_FILE_NAME = re.compile(r'[\\/:*?"<>|]+')
RESERVED_NAME = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
FILE_NAME_CHARS_MAX = 100


class ExportFormat(StrEnum):
    """What a conversation is written as."""

    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"

    @property
    def extension(self) -> str:
        """The ending of its files' names, with the dot."""
        return {ExportFormat.MARKDOWN: ".md", ExportFormat.JSON: ".json", ExportFormat.HTML: ".html"}[self]

    @property
    def mime(self) -> str:
        """The type that its files are served with."""
        kinds = {ExportFormat.MARKDOWN: "text/markdown", ExportFormat.HTML: "text/html"}
        return f"{kinds[self]}; charset=utf-8" if self in kinds else "application/json"


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is going to be written: which messages of which conversation, and how."""

    user_id: UUID
    format: ExportFormat
    language: ExportLanguage
    heading: Heading
    places: list[Place]

    @property
    def file_name(self) -> str:
        """What the file is called: the conversation's title, as far as file systems take it."""
        return file_name(self.heading.title or self.heading.words.untitled) + self.format.extension


class ExportService:
    """Writes conversations to files. Opens its own short units, since its reader may be slow."""

    def __init__(
        self,
        database: Database,
        assets: AssetService,
        settings: Settings,
        model_name: Callable[[str], str],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._assets = assets
        self._settings = settings
        self._model_name = model_name
        self._clock = clock

    async def plan(
        self,
        conversation_id: UUID,
        user_id: UUID,
        format: ExportFormat,
        language: ExportLanguage,
        leaf_id: UUID | None = None,
    ) -> ExportPlan:
        """Decide what is written, before anything is: one branch (by default the newest), all of them as JSON.

        Raises NotFound and ConversationTooLarge.
        """
        async with self._database.unit_of_work() as db:
            conversation = await conversation_repository.find_conversation(db, conversation_id, user_id)
            if conversation is None:
                raise NotFound
            leaf = leaf_id or conversation.leaf_id
            branch = await self._list_branch(db, conversation_id, leaf) if leaf else []
            if leaf_id and not branch:
                raise NotFound
            limit = self._settings.export_messages_max + 1
            places = branch
            if format is ExportFormat.JSON:
                places = await transcript_repository.list_all(db, conversation_id, limit=limit)
            if len(places) >= limit:
                raise ConversationTooLarge(reason="messages")
            await audit_repository.note(
                db, "conversation.export", str(conversation_id), actor_id=user_id, format=format.value
            )
        heading = Heading(
            title=conversation.title,
            made_at=self._clock(),
            leaf_id=leaf,
            branch=frozenset(place.id for place in branch),
            words=WORDS[language],
            model_name=self._model_name,
        )
        return ExportPlan(user_id, format, language, heading, places)

    async def write(self, plan: ExportPlan) -> AsyncGenerator[bytes]:
        """Yield the file. No more than one chunk of messages, or one piece of a picture, is held at a time."""
        sizes: dict[bytes, int] = {}
        writer = self._make_writer(plan, sizes)
        yield writer.begin()
        for ids in chunks(plan.places, self._settings.export_chunk_bytes):
            rows, assets = await self._read(plan, ids, sizes)
            for row in rows:
                shown = [assets[asset_id] for asset_id in row.asset_ids if asset_id in assets]
                async with aclosing(writer.message(row, shown)) as pieces:
                    async for piece in pieces:
                        yield piece
        yield writer.end()

    def _make_writer(self, plan: ExportPlan, sizes: dict[bytes, int]) -> Writer:
        match plan.format:
            case ExportFormat.MARKDOWN:
                return MarkdownWriter(plan.heading)
            case ExportFormat.JSON:
                return JsonWriter(plan.heading)
            case ExportFormat.HTML:
                return HtmlWriter(plan.heading, plan.language, sizes, self._open, self._settings)

    async def _open(self, file: AssetFile) -> AsyncGenerator[bytes]:
        return await self._assets.open(file)

    async def _list_branch(self, db: AsyncSession, conversation_id: UUID, leaf_id: UUID) -> list[Place]:
        limit = self._settings.export_messages_max + 1
        return await transcript_repository.list_branch(db, conversation_id, leaf_id, limit=limit)

    async def _read(
        self, plan: ExportPlan, ids: Sequence[UUID], sizes: dict[bytes, int]
    ) -> tuple[list[TranscriptRow], dict[UUID, AssetRow]]:
        """Read some messages with what they show, in a unit of their own; ``sizes`` becomes that of their posters."""
        async with self._database.unit_of_work() as db:
            rows = await transcript_repository.read_messages(db, ids)
            wanted = sorted({asset_id for row in rows for asset_id in row.asset_ids})
            assets = {asset.id: asset for asset in await asset_repository.find_assets(db, wanted, plan.user_id)}
            posters = [asset.poster_sha256 for asset in assets.values() if asset.poster_sha256]
            sizes.clear()
            if posters and plan.format is ExportFormat.HTML:
                sizes.update(await transcript_repository.object_sizes(db, posters))
        return rows, assets


def chunks(places: Sequence[Place], bytes_max: int) -> Iterator[list[UUID]]:
    """Yield ids of messages that are read together: some dozens, and no more text than the limit, but at least one."""
    chunk: list[UUID] = []
    held = 0
    for place in places:
        if chunk and (len(chunk) >= CHUNK_MESSAGES or held + place.bytes > bytes_max):
            yield chunk
            chunk, held = [], 0
        chunk.append(place.id)
        held += place.bytes
    if chunk:
        yield chunk


def file_name(title: str) -> str:
    """Return a title as the name of a file, without its ending, that every file system takes."""
    plain = " ".join(NO_FILE_NAME.sub(" ", title).split())
    name = clean_name(plain)[:FILE_NAME_CHARS_MAX].strip(" .")
    return f"Latent {name}".strip() if not name or RESERVED_NAME.fullmatch(name) else name
