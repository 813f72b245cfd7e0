"""Results of providers: fetched from where a provider says they are, straight into the store."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from yarl import URL

from backend.core.config import Settings
from backend.core.errors import (
    AppError,
    DownloadBroken,
    DownloadGone,
    DownloadTimeout,
    DownloadUnreachable,
    MediaInvalid,
    MediaTooLarge,
    MediaTypeNotAllowed,
    UrlNotAllowed,
)
from backend.core.http import FetchFailed, FetchFailure, FetchLimits, OutboundHttp
from backend.core.logging import get_logger
from backend.core.media_types import AssetKind
from backend.repositories.asset_repository import AssetRow
from backend.services.asset_arrival import Permit
from backend.services.asset_service import AssetService

log = get_logger(__name__)


class MediaDownloader:
    """Fetches what providers made; no address of theirs goes any further than here."""

    def __init__(self, http: OutboundHttp, assets: AssetService, settings: Settings) -> None:
        self._http = http
        self._assets = assets
        self._settings = settings

    async def download_for_user(self, user_id: UUID, address: str, *, expected: AssetKind) -> AssetRow:
        """Fetch what a user named by address, as an upload of theirs: https only, public only, quota and all.

        Raises as ``download`` and as an upload does.
        """
        chunks = self._http.fetch(address, self._limits(expected))
        try:
            async with aclosing(chunks):
                asset, _is_new = await self._assets.store_upload(user_id, chunks)
        except FetchFailed as failed:
            raise _meaning_of(failed.failure) from None
        if asset.kind != expected:
            raise MediaTypeNotAllowed
        return asset

    async def download(
        self,
        user_id: UUID,
        address: str,
        *,
        expected: AssetKind,
        name: str = "",
        home: URL | None = None,
        permit: Permit | None = None,
    ) -> AssetRow:
        """Fetch a provider's file into the user's assets; memory stays flat, and a failure leaves nothing.

        ``home`` is the configured address of that provider: the only one that may lie inside or be plain http.
        Raises MediaInvalid, MediaTooLarge and UrlNotAllowed (final), DownloadGone (the link is dead), and
        DownloadTimeout, DownloadUnreachable, DownloadBroken, Unavailable (trying again can help); PermitWithdrawn.
        """
        chunks: AsyncGenerator[bytes] = self._http.fetch(address, self._limits(expected), home=home)
        try:
            async with aclosing(chunks):
                return await self._assets.store_result(user_id, chunks, expected=expected, name=name, permit=permit)
        except FetchFailed as failed:
            log.warning("a provider's file could not be fetched", failure=failed.failure.value)
            raise _meaning_of(failed.failure) from None

    def _limits(self, expected: AssetKind) -> FetchLimits:
        return FetchLimits(
            bytes_max=self._settings.asset_bytes_max(expected),
            total_s=self._settings.download_max_s,
            grace_s=self._settings.download_grace_s,
            rate_min_bytes_per_s=self._settings.download_min_rate_bytes_per_s,
        )


def _meaning_of(failure: FetchFailure) -> AppError:
    match failure:
        case FetchFailure.NOT_ALLOWED:
            return UrlNotAllowed()
        case FetchFailure.UNREACHABLE:
            return DownloadUnreachable()
        case FetchFailure.GONE:
            return DownloadGone()
        case FetchFailure.TIMEOUT:
            return DownloadTimeout()
        case FetchFailure.TOO_LARGE:
            return MediaTooLarge(reason="bytes")
        case FetchFailure.PACKED:
            return MediaInvalid(reason="packed")
        case FetchFailure.BROKEN:
            return DownloadBroken()
