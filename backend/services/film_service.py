"""Films of storyboards: clips that are stored are joined, and a clip's last frame begins the next one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from uuid import UUID

from backend.core.errors import AppError, MediaTooLarge, ShotMissing, Unavailable
from backend.core.fault_points import FaultPoint, pass_point
from backend.core.logging import get_logger
from backend.core.media_report import SOURCE, clip_name
from backend.core.media_types import AssetKind, MediaFormat
from backend.core.metrics import TASKS_ENDED
from backend.repositories import storyboard_repository as boards
from backend.repositories.task_repository import TaskRow, load_task
from backend.services.adapters.base import Reference, ReferenceRole
from backend.services.asset_arrival import PermitWithdrawn
from backend.services.asset_service import AssetPart
from backend.services.container import MediaParts
from backend.services.task_hands import TaskHands

READ_BYTES = 512 * 1024

log = get_logger(__name__)


class FilmService:
    """Joins the clips of storyboards whose shots are all stored. Every step is safe to run twice."""

    def __init__(self, parts: MediaParts) -> None:
        self._parts = parts
        self._database = parts.database

    async def join(self, task: TaskRow) -> None:
        """Join a storyboard's film, and join it again while its order changes meanwhile.

        What the clips do not allow ends the storyboard; what is our own trouble escapes, and the job runs again.
        """
        found: TaskRow | None = task
        while found is not None and found.state == "saving" and found.epoch == task.epoch:
            async with self._database.unit_of_work() as db:
                shots = await boards.list_shots(db, task.id)
            film: UUID | None = None
            error: dict[str, object] | None = None
            pass_point(FaultPoint.BEFORE_FILM)
            try:
                film = await self._make(task, [shot.asset_id for shot in shots])
            except Unavailable:
                raise
            except PermitWithdrawn:
                return
            except AppError as refused:
                log.warning("a film could not be joined", task_id=str(task.id), code=refused.code)
                error = {"code": refused.code, "params": refused.params}
            pass_point(FaultPoint.AFTER_FILM)
            async with self._database.unit_of_work() as db:
                done = await boards.finish_film(db, task.id, task.epoch, [shot.id for shot in shots], film, error)
            if done:
                TASKS_ENDED.labels("failed" if error else "completed", str(error["code"]) if error else "").inc()
                return
            async with self._database.unit_of_work() as db:
                found = await load_task(db, task.id)

    async def last_frame_before(self, task: TaskRow) -> Reference:
        """Return the last frame of the clip that a shot goes on from. Raises ShotMissing and what decoding does."""
        async with self._database.unit_of_work() as db:
            clip_id = await boards.find_earlier_clip(db, task.id)
        if clip_id is None:
            raise ShotMissing
        async with self._parts.storage.scratch() as folder:
            (found,) = await self._fetch(folder, task.user_id, {SOURCE: clip_id})
            frame = await self._parts.checker.take_last_frame(folder, found)
            content = await asyncio.to_thread(frame.read_bytes)
        return Reference.of_bytes(content, MediaFormat.JPEG.value, ReferenceRole.FIRST_FRAME)

    async def _make(self, task: TaskRow, clips: Sequence[UUID | None]) -> UUID:
        """Join clips and store the film, as a result that was paid for with them. Raises ShotMissing, media errors."""
        present = [clip for clip in clips if clip is not None]
        if len(present) < len(clips):
            raise ShotMissing
        if len(present) == 1:
            return present[0]
        async with self._parts.storage.scratch() as folder:
            named = {clip_name(number): clip for number, clip in enumerate(present)}
            film = await self._parts.checker.join(folder, await self._fetch(folder, task.user_id, named))
            permit = TaskHands(self._parts).permit(task)
            asset = await self._parts.assets.store_result(
                task.user_id, _pieces(film), expected=AssetKind.VIDEO, permit=permit
            )
        return asset.id

    async def _fetch(self, folder: Path, user_id: UUID, named: dict[str, UUID]) -> list[MediaFormat]:
        """Copy clips into a scratch folder and return their formats."""
        assets, left = self._parts.assets, self._parts.settings.asset_bytes_max(AssetKind.VIDEO)
        formats = []
        for name, clip in named.items():
            try:
                file = await assets.find_file(clip, user_id, AssetPart.CONTENT)
            except AppError:
                raise ShotMissing from None
            left -= file.size_bytes
            if left < 0:
                raise MediaTooLarge(reason="bytes")
            with (folder / name).open("xb") as target:
                async for piece in await assets.open(file):
                    await asyncio.to_thread(target.write, piece)
            formats.append(file.format)
        return formats


async def _pieces(file: Path) -> AsyncGenerator[bytes]:
    with file.open("rb") as source:
        while piece := await asyncio.to_thread(source.read, READ_BYTES):
            yield piece
