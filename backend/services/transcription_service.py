"""Recordings into text: looked at like any file, paid by the call, heard by the provider, kept by nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from uuid import UUID, uuid5

from redis.exceptions import RedisError

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import (
    MediaTooLarge,
    ModelUnavailable,
    TooManyTranscriptions,
    TranscriptionFailed,
    Unavailable,
)
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.core.media_check import CheckedMedia
from backend.core.media_report import SOURCE
from backend.core.media_types import AssetKind
from backend.core.pricing import DEFAULT, CallPrice, price_images, read_price
from backend.core.storage import receive
from backend.services.adapters.base import ProviderError, Reference
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.asset_arrival import Arrival
from backend.services.container import MediaParts
from backend.services.credit_service import credit_lock
from backend.services.price_service import PriceService

MODE = "transcription"
REASON = "transcription"

log = get_logger(__name__)


class TranscriptionService:
    """Turns recordings into text. Opens its own units of work: none is open while the provider listens."""

    def __init__(self, parts: MediaParts) -> None:
        self._parts = parts
        self._settings: Settings = parts.settings
        self._database: Database = parts.database

    async def find_model(self) -> tuple[ModelDescriptor, int] | None:
        """Return the model that listens, and what a recording costs in milli-credits; None: there is none."""
        models = [model for model in self._parts.registry.all() if model.mode == MODE and model.available]
        async with self._database.unit_of_work() as db:
            prices = await PriceService(db).list_current(models)
        for model in models:
            price = read_price(prices[model.id].formula) if model.id in prices else None
            if isinstance(price, CallPrice):
                return model, price_images(price, 1, DEFAULT).amount_mc
        return None

    async def transcribe(self, user_id: UUID, chunks: AsyncIterator[bytes], *, key: str | None = None) -> str:
        """Return what is said in a recording, one of the user's at a time; nothing of it is kept.

        It is paid when there is a text, else the hold is returned. ``key`` names the command: a repetition is never
        paid twice, and refused once it was (HoldSettled, HoldReturned). Raises MediaInvalid, MediaTooLarge,
        MediaTypeNotAllowed, ModelUnavailable, InsufficientCredits, TooManyTranscriptions, TranscriptionFailed.
        """
        found = await self.find_model()
        if found is None:
            raise ModelUnavailable
        model, amount_mc = found
        command = uuid5(user_id, key) if key else new_id()
        async with self._place(user_id), self._parts.storage.scratch() as folder:
            checked = await self._receive(folder, chunks)
            async with credit_lock(self._database, command, user_id, amount_mc, REASON) if amount_mc else nullcontext():
                return await self._ask(model, checked)

    @asynccontextmanager
    async def _place(self, user_id: UUID) -> AsyncIterator[None]:
        """Hold the user's one place, in all processes together."""
        key, redis = f"transcription:{user_id}", self._parts.redis
        try:
            token = await redis.acquire_lock(key, self._settings.transcription_max_s * 3)
        except (RedisError, OSError) as error:
            raise Unavailable(retry_after_s=5) from error
        if token is None:
            raise TooManyTranscriptions
        try:
            yield
        finally:
            try:
                await redis.release_lock(key, token)
            except (RedisError, OSError):
                log.warning("a transcription's place could not be given back; it expires")

    async def _receive(self, folder: Path, chunks: AsyncIterator[bytes]) -> CheckedMedia:
        """Take the recording in, and return it in a fresh container, with nothing but its sound."""
        arrival = Arrival(self._settings, "", expected=AssetKind.AUDIO)
        try:
            async with asyncio.timeout(self._settings.transcription_max_s):
                await receive(chunks, folder / SOURCE, admit=arrival.admit)
        except TimeoutError:
            raise MediaTooLarge(reason="time") from None
        checked = await self._parts.checker.check(folder, arrival.format, rewrite=True)
        arrival.confirm(checked.report.format.kind)
        if (checked.report.duration_ms or 0) > self._settings.transcription_seconds_max * 1000:
            raise MediaTooLarge(reason="duration", limit_s=self._settings.transcription_seconds_max)
        return checked

    async def _ask(self, model: ModelDescriptor, checked: CheckedMedia) -> str:
        content = await asyncio.to_thread(checked.content.read_bytes)
        recording = Reference.of_bytes(content, checked.report.format.value)
        try:
            async with asyncio.timeout(self._settings.transcription_max_s):
                text = await self._parts.registry.transcription_adapter(model).transcribe(recording)
        except ProviderError as error:
            log.warning("a recording was not transcribed", model=model.id, reason=str(error))
            raise TranscriptionFailed(reason=error.kind.value) from None
        except TimeoutError:
            raise TranscriptionFailed(reason="provider_timeout") from None
        return text.replace("\x00", "").strip()[: self._settings.transcription_chars_max]
