"""Shares: a branch of a conversation as it is now, for whoever has the link."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.direct_sql import Executor
from backend.core.errors import ConversationTooLarge, NotFound, NothingToShare, TooManyShares, Unavailable
from backend.core.ids import new_id
from backend.core.media_types import AssetKind
from backend.core.security import hash_token, new_token
from backend.models import MessageStatus
from backend.repositories import asset_repository, audit_repository, transcript_repository
from backend.repositories import share_repository as repository
from backend.repositories.asset_repository import AssetRow
from backend.repositories.share_repository import NewFile, SharedRow, ShareRow
from backend.repositories.transcript_repository import TranscriptRow
from backend.services.asset_service import AssetFile, AssetPart, show_part

ModelName = Callable[[str], str]
"""Returns what people call the model of an id."""


class Lifetime(StrEnum):
    """How long a share lives."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    NEVER_ENDS = "forever"

    @property
    def days(self) -> int | None:
        """In days; None for ever."""
        return {Lifetime.DAY: 1, Lifetime.WEEK: 7, Lifetime.MONTH: 30, Lifetime.NEVER_ENDS: None}[self]


class ShareService:
    """Shares of one request's unit of work."""

    def __init__(self, db: AsyncSession, settings: Settings) -> None:
        self._db = db
        self._settings = settings

    async def create_share(
        self,
        conversation_id: UUID,
        user_id: UUID,
        *,
        lifetime: Lifetime,
        leaf_id: UUID | None = None,
        model_name: ModelName,
    ) -> ShareRow:
        """Store a branch (the newest, or the one that ends with ``leaf_id``) as it is at this moment.

        Raises NotFound, NothingToShare, ConversationTooLarge, TooManyShares, and Unavailable when a sweep came between.
        """
        await repository.lock_user(self._db, user_id)
        found = await repository.lock_conversation(self._db, conversation_id, user_id)
        if found is None:
            raise NotFound
        title, newest = found
        if newest is None:
            raise NothingToShare
        if await repository.count_shares(self._db, user_id) >= self._settings.max_shares_per_user:
            raise TooManyShares(limit=self._settings.max_shares_per_user)
        rows = await self._read_branch(conversation_id, leaf_id or newest)
        assets = await self._find_assets(rows, user_id)
        messages = [show_message(row, assets, model_name) for row in rows]
        if len(orjson.dumps(messages)) > self._settings.share_bytes_max:
            raise ConversationTooLarge(reason="bytes")
        token = new_token()
        values = {
            "id": new_id(),
            "user_id": user_id,
            "conversation_id": conversation_id,
            "token": token,
            "token_hash": hash_token(token),
            "title": title,
            "messages": messages,
            "message_count": len(messages),
            "days": lifetime.days,
        }
        return await self._store(values, files_of(assets.values()))

    async def list_shares(
        self, user_id: UUID, *, before: UUID | None, limit: int
    ) -> tuple[list[ShareRow], UUID | None]:
        """Return a page of the user's living shares, newest first, and the cursor of the next page."""
        rows = await repository.list_shares(self._db, user_id, before=before, limit=limit + 1)
        page = rows[:limit]
        return page, page[-1].id if len(rows) > limit else None

    async def list_shares_of(self, conversation_id: UUID, user_id: UUID) -> list[ShareRow]:
        """Return the living shares of the user's conversation, newest first."""
        most = self._settings.max_shares_per_user
        return await repository.list_shares_of(self._db, conversation_id, user_id, limit=most)

    async def revoke(self, share_id: UUID, user_id: UUID) -> None:
        """End the user's share at once. Raises NotFound."""
        conversation_id = await repository.delete_share(self._db, share_id, user_id)
        if conversation_id is None:
            raise NotFound
        await audit_repository.note(
            self._db, "share.revoke", str(share_id), actor_id=user_id, conversation=str(conversation_id)
        )

    async def _read_branch(self, conversation_id: UUID, leaf_id: UUID) -> list[TranscriptRow]:
        most = self._settings.share_messages_max
        places = await transcript_repository.list_branch(self._db, conversation_id, leaf_id, limit=most + 1)
        if not places:
            raise NotFound
        if len(places) > most:
            raise ConversationTooLarge(reason="messages")
        if sum(place.bytes for place in places) > self._settings.share_bytes_max:
            raise ConversationTooLarge(reason="bytes")
        return await transcript_repository.read_messages(self._db, [place.id for place in places])

    async def _find_assets(self, rows: Sequence[TranscriptRow], user_id: UUID) -> dict[UUID, AssetRow]:
        """Return the pictures, clips and sounds of the messages; documents are not shared."""
        wanted = {asset_id for row in rows for asset_id in row.asset_ids}
        found = await asset_repository.find_assets(self._db, sorted(wanted), user_id)
        return {asset.id: asset for asset in found if asset.kind is not AssetKind.FILE}

    async def _store(self, values: dict[str, Any], files: list[NewFile]) -> ShareRow:
        hashes = sorted({file.sha256 for file in files})
        if not await asset_repository.hold_objects(self._db, hashes):
            raise Unavailable(retry_after_s=1)
        share = await repository.insert_share(self._db, values)
        await repository.insert_files(self._db, share.id, files)
        await audit_repository.note(
            self._db,
            "share.create",
            str(share.id),
            actor_id=values["user_id"],
            conversation=str(share.conversation_id),
            days=values["days"],
        )
        return share


async def read_share(db: Executor, token: str) -> SharedRow:
    """Return what a link shows; raises NotFound, the same for a link that never was, was revoked, or has expired."""
    found = await repository.read_share(db, hash_token(token))
    if found is None:
        raise NotFound
    return found


async def find_shared_file(db: Executor, token: str, asset_id: UUID, part: AssetPart) -> AssetFile:
    """Return what is to be served of an asset that a link shows; raises NotFound."""
    found = await repository.find_file(db, hash_token(token), asset_id, part.value)
    if found is None:
        raise NotFound
    return show_part(found, part)


def show_message(row: TranscriptRow, assets: Mapping[UUID, AssetRow], model_name: ModelName) -> dict[str, Any]:
    """Return what everybody may see of a message: no thoughts, no costs, no ids but those of its pictures."""
    return {
        "role": row.role,
        "status": show_status(row.status),
        "content": spoken(row),
        "model_name": model_name(row.model_id) if row.model_id else None,
        "assets": [show_asset(assets[asset_id]) for asset_id in row.asset_ids if asset_id in assets],
    }


def spoken(row: TranscriptRow) -> str:
    """Return the words of a message; those of a storyboard's shots, one in a line, where there are no others."""
    if row.content or not row.shots:
        return row.content
    return "\n".join(f"{number}. {prompt}" for number, prompt in enumerate(row.shots, 1))


def show_status(status: str) -> str:
    """Return ``complete``, ``failed``, or ``unfinished`` for what was stopped, broke off, or is being made."""
    return status if status in (MessageStatus.COMPLETE, MessageStatus.FAILED) else "unfinished"


def show_asset(asset: AssetRow) -> dict[str, Any]:
    """Return what everybody may know of an asset; what its owner called the file is not part of it."""
    return {
        "id": str(asset.id),
        "kind": asset.kind.value,
        "width": asset.width,
        "height": asset.height,
        "duration_ms": asset.duration_ms,
        "has_thumbnail": asset.thumbnail_sha256 is not None,
        "has_poster": asset.poster_sha256 is not None,
    }


def files_of(assets: Iterable[AssetRow]) -> list[NewFile]:
    """Return the objects of assets: the contents, and the small pictures that there are of them."""
    return [
        NewFile(asset.id, part.value, sha256, asset.mime)
        for asset in assets
        for part, sha256 in (
            (AssetPart.CONTENT, asset.sha256),
            (AssetPart.THUMBNAIL, asset.thumbnail_sha256),
            (AssetPart.POSTER, asset.poster_sha256),
        )
        if sha256 is not None
    ]
