"""Assets: taken in, looked at, stored once, found, read, deleted; and the sweep of what nothing refers to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from redis.exceptions import RedisError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import AssetInUse, MediaTooLarge, NotFound, QuotaExceeded, TooManyUploads, Unavailable
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.core.media_check import CheckedMedia, MediaChecker
from backend.core.media_report import SOURCE
from backend.core.media_types import AssetKind, MediaFormat
from backend.core.redis import RedisClient
from backend.core.storage import ObjectMissing, ObjectStorage, Received, measure, receive
from backend.repositories import asset_repository as repository
from backend.repositories import work_repository
from backend.repositories.asset_repository import AssetRow, NewAsset, PartRow
from backend.repositories.work_repository import ListedAsset
from backend.services.asset_arrival import Arrival, Permit, PermitWithdrawn

SWEEP_BATCH = 200
SWEEP_BATCHES_MAX = 500

log = get_logger(__name__)


class AssetPart(StrEnum):
    """The objects of an asset: its bytes, and the small pictures made of them."""

    CONTENT = "content"
    THUMBNAIL = "thumbnail"
    POSTER = "poster"


@dataclass(frozen=True, slots=True)
class AssetFile:
    """What is served of an asset; ``sha256`` names the object and never changes."""

    sha256: bytes
    size_bytes: int
    format: MediaFormat
    name: str


class AssetService:
    """The assets of all users. Opens its own units of work: bytes move and decoders run between them."""

    def __init__(
        self, database: Database, storage: ObjectStorage, checker: MediaChecker, redis: RedisClient, settings: Settings
    ) -> None:
        self._database = database
        self._storage = storage
        self._checker = checker
        self._redis = redis
        self._settings = settings

    async def store_upload(
        self, user_id: UUID, chunks: AsyncIterator[bytes], *, name: str = "", claimed_type: str | None = None
    ) -> tuple[AssetRow, bool]:
        """Take in what a user sends; returns the asset, and whether it is new: the same bytes are one asset.

        Pictures, films and sounds are written anew without metadata. Raises MediaInvalid, MediaTooLarge,
        MediaTypeNotAllowed, QuotaExceeded, TooManyUploads and Unavailable; then nothing is kept.
        """
        arrival = Arrival(self._settings, name, claimed_type=claimed_type)
        async with self._slot(user_id):
            await self._refuse_when_full(user_id)
            return await self._store(user_id, chunks, arrival)

    async def store_result(
        self,
        user_id: UUID,
        chunks: AsyncIterator[bytes],
        *,
        expected: AssetKind,
        name: str = "",
        permit: Permit | None = None,
    ) -> AssetRow:
        """Take in what a provider made for a user, exactly as it came, once it has proven to be what was ordered.

        The quota does not refuse it (it was paid for), though it counts. ``permit`` is asked in the transaction that
        makes it the user's. Raises MediaInvalid, MediaTooLarge, MediaTypeNotAllowed, Unavailable, and PermitWithdrawn.
        """
        arrival = Arrival(self._settings, name, expected=expected, permit=permit)
        return (await self._store(user_id, chunks, arrival))[0]

    async def store_bytes(
        self, user_id: UUID, data: bytes, *, expected: AssetKind, permit: Permit | None = None
    ) -> AssetRow:
        """Take in a provider's result that is here in full already; as ``store_result``."""
        return await self.store_result(user_id, _once(data), expected=expected, permit=permit)

    async def find(self, asset_id: UUID, user_id: UUID) -> AssetRow:
        """Return the user's asset; raises NotFound."""
        async with self._database.unit_of_work() as db:
            found = await repository.find_asset(db, asset_id, user_id)
        if found is None:
            raise NotFound
        return found

    async def find_file(self, asset_id: UUID, user_id: UUID, part: AssetPart) -> AssetFile:
        """Return what is to be served of the user's asset; raises NotFound, also for a part that it does not have."""
        async with self._database.unit_of_work() as db:
            found = await repository.find_part(db, asset_id, user_id, part.value)
        if found is None:
            raise NotFound
        return show_part(found, part)

    async def open(self, file: AssetFile, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """Return the bytes of a file from ``start`` up to before ``end``; no unit of work is open meanwhile.

        Raises NotFound and Unavailable before the first byte.
        """
        try:
            return await self._storage.open(file.sha256, start=start, end=file.size_bytes if end is None else end)
        except ObjectMissing:
            log.error("an asset's bytes are not in the store", sha256=file.sha256.hex())
            raise NotFound from None

    async def list_assets(
        self,
        user_id: UUID,
        *,
        kind: AssetKind | None,
        before: UUID | None,
        limit: int,
        model_id: str | None = None,
        made: bool = False,
    ) -> tuple[list[ListedAsset], UUID | None]:
        """Return a page of the user's assets, newest first, and the cursor of the next page.

        ``made``: only what tasks made, by any model or by ``model_id``.
        """
        async with self._database.unit_of_work() as db:
            rows = await work_repository.list_assets(
                db, user_id, kind=kind, model_id=model_id, made=made, before=before, limit=limit + 1
            )
        page = rows[:limit]
        return page, page[-1].asset.id if len(rows) > limit else None

    async def delete(self, asset_id: UUID, user_id: UUID) -> None:
        """Delete the user's asset; its bytes go with the next sweep. Raises NotFound and AssetInUse."""
        async with self._database.unit_of_work() as db:
            if await repository.delete_asset(db, asset_id, user_id):
                return
            if await repository.find_asset(db, asset_id, user_id) is None:
                raise NotFound
        raise AssetInUse

    async def delete_unreferenced(self) -> int:
        """Remove objects that nothing refers to and nobody claimed for the grace time; returns how many.

        Safe to run anywhere, any number at once, and to be killed: objects are marked, removed, then forgotten.
        Raises Unavailable when the store fails; what was marked is taken up by the next sweep.
        """
        removed = 0
        for _ in range(SWEEP_BATCHES_MAX):
            async with self._database.unit_of_work() as db:
                hashes = await repository.doom_objects(
                    db, grace_s=self._settings.asset_sweep_grace_s, limit=SWEEP_BATCH
                )
            if not hashes:
                break
            for sha256 in hashes:
                await self._storage.delete(sha256)
            async with self._database.unit_of_work() as db:
                await repository.forget_objects(db, hashes)
            removed += len(hashes)
        longest_s = self._settings.asset_upload_max_s + self._settings.asset_sweep_grace_s
        await self._storage.sweep_scratch(older_than_s=longest_s)
        return removed

    @asynccontextmanager
    async def _slot(self, user_id: UUID) -> AsyncIterator[None]:
        """Hold one of the user's places for uploads, in all processes together; raises TooManyUploads."""
        key, token = await self._take_slot(user_id)
        try:
            yield
        finally:
            try:
                await self._redis.release_lock(key, token)
            except (RedisError, OSError):
                log.warning("an upload's place could not be given back; it expires")

    async def _take_slot(self, user_id: UUID) -> tuple[str, str]:
        try:
            for number in range(self._settings.asset_uploads_per_user):
                key = f"upload:{user_id}:{number}"
                if token := await self._redis.acquire_lock(key, self._settings.asset_upload_max_s):
                    return key, token
        except (RedisError, OSError) as error:
            raise Unavailable(retry_after_s=5) from error
        raise TooManyUploads(limit=self._settings.asset_uploads_per_user)

    async def _refuse_when_full(self, user_id: UUID) -> None:
        async with self._database.unit_of_work() as db:
            used = await repository.used_bytes(db, user_id)
        if used >= self._settings.asset_quota_bytes_per_user:
            raise QuotaExceeded(used_bytes=used, quota_bytes=self._settings.asset_quota_bytes_per_user)

    async def _store(self, user_id: UUID, chunks: AsyncIterator[bytes], arrival: Arrival) -> tuple[AssetRow, bool]:
        async with self._storage.scratch() as folder:
            received = await self._receive(chunks, folder, arrival)
            async with self._database.unit_of_work() as db:
                same = await repository.find_same(db, user_id, received.sha256)
            if same is not None:
                arrival.confirm(same.kind)
                return same, False
            checked = await self._checker.check(folder, arrival.format, rewrite=arrival.expected is None)
            arrival.confirm(checked.report.format.kind)
            return await self._keep(user_id, received, checked, arrival)

    async def _receive(self, chunks: AsyncIterator[bytes], folder: Path, arrival: Arrival) -> Received:
        try:
            async with asyncio.timeout(self._settings.asset_upload_max_s):
                return await receive(chunks, folder / SOURCE, admit=arrival.admit)
        except TimeoutError:
            raise MediaTooLarge(reason="time") from None

    async def _keep(
        self, user_id: UUID, received: Received, checked: CheckedMedia, arrival: Arrival
    ) -> tuple[AssetRow, bool]:
        """Claim the objects, store their bytes, write the row: in this order, so that no row lacks its bytes."""
        content = received if checked.content == received.file else await measure(checked.content)
        thumbnail = await measure(checked.thumbnail) if checked.thumbnail else None
        poster = await measure(checked.poster) if checked.poster else None
        objects = {part.sha256: part for part in (content, thumbnail, poster) if part is not None}
        async with self._database.unit_of_work() as db:
            if not await repository.claim_objects(db, {key: part.size_bytes for key, part in objects.items()}):
                raise Unavailable(retry_after_s=1)
        for part in objects.values():
            await self._storage.put(part.file, part.sha256)
        report = checked.report
        asset = NewAsset(
            id=new_id(),
            user_id=user_id,
            kind=report.format.kind,
            mime=report.format.value,
            sha256=content.sha256,
            source_sha256=received.sha256,
            size_bytes=content.size_bytes,
            width=report.width,
            height=report.height,
            duration_ms=report.duration_ms,
            thumbnail_sha256=thumbnail.sha256 if thumbnail else None,
            poster_sha256=poster.sha256 if poster else None,
            name=arrival.name,
        )
        return await self._write_row(asset, list(objects), arrival)

    async def _write_row(self, asset: NewAsset, hashes: list[bytes], arrival: Arrival) -> tuple[AssetRow, bool]:
        bounded = arrival.expected is None
        async with self._database.unit_of_work() as db:
            if arrival.permit is not None and not await arrival.permit(db):
                raise PermitWithdrawn
            await repository.lock_user(db, asset.user_id)
            same = await repository.find_same(db, asset.user_id, asset.sha256)
            if same is not None:
                return same, False
            used, quota = await repository.used_bytes(db, asset.user_id), self._settings.asset_quota_bytes_per_user
            if bounded and used + asset.size_bytes > quota:
                raise QuotaExceeded(used_bytes=used, quota_bytes=quota)
            if not await repository.hold_objects(db, hashes):
                raise Unavailable(retry_after_s=1)
            return await repository.insert_asset(db, asset), True


def show_part(row: PartRow, part: AssetPart) -> AssetFile:
    """Return what is served of one object of an asset: small pictures have types of their own."""
    match part:
        case AssetPart.CONTENT:
            served = MediaFormat(row.mime)
        case AssetPart.THUMBNAIL:
            served = MediaFormat.WEBP
        case AssetPart.POSTER:
            served = MediaFormat.JPEG
    return AssetFile(row.sha256, row.size_bytes, served, row.name)


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data
