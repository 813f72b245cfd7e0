"""The object store: bytes under the name of their own SHA-256, in a local folder or any S3-compatible store.

What arrives is first written to a private scratch folder while it is counted and hashed, and takes its final key in
one step (a rename, or a finished upload): no reader ever sees half an object, whoever dies meanwhile. Two writers of
the same bytes write the same object.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from backend.core.config import Settings
from backend.core.errors import MediaTooLarge, StartError, Unavailable
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.core.media_types import HEAD_BYTES

SCRATCH = "incoming"
BUFFER_BYTES = 1024 * 1024
READ_BYTES = 512 * 1024
STORE_TIMEOUT_S = "120s"
RETRY_AFTER_S = 10
HEALTH_PREFIX = "health"
HEALTH_TIMEOUT_S = 5.0
RETRIES = 4
RETRY_TIMEOUT_S = 60

if TYPE_CHECKING:
    from obstore.store import S3Config  # a name for type checkers alone

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """What has arrived in a scratch folder."""

    file: Path
    sha256: bytes
    size_bytes: int


class ObjectMissing(Exception):
    """There is no object of this name in the store."""


class ObjectStorage:
    """The store of this installation, and the scratch folder in front of it."""

    def __init__(self, settings: Settings) -> None:
        """Open the store; nothing is fetched yet. Raises StartError for settings or a folder that cannot be used."""
        self._folder = settings.data_dir.expanduser().absolute() / "media"
        self._scratch = self._folder / SCRATCH
        try:
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self._folder, self._scratch):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StartError(f"The media folder {self._folder} cannot be written to: {error.strerror}.") from None
        self._is_local = settings.storage_url is None
        self._store = LocalStore(self._folder) if self._is_local else _open_s3(settings)

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Path]:
        """Lend an empty folder that is gone afterwards, with whatever is left in it."""
        folder = self._scratch / new_id().hex
        with _translated("scratch"):
            folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            # The thread has its order before this waits, so that a cancelled task tidies up as well.
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def put(self, file: Path, sha256: bytes) -> None:
        """Give a file of a scratch folder its place in the store; the file is gone from the folder afterwards.

        Once this returns the bytes outlive a power cut. Raises Unavailable.
        """
        key = key_of(sha256)
        with _translated("put"):
            if self._is_local:
                await asyncio.to_thread(_sync, file)
                await obstore.rename_async(self._store, file.relative_to(self._folder).as_posix(), key)
                final = self._folder / key
                await asyncio.to_thread(_sync, final.parent, final.parent.parent, self._folder)
            else:
                await obstore.put_async(self._store, key, file)
                await asyncio.to_thread(file.unlink)

    async def open(self, sha256: bytes, *, start: int, end: int) -> AsyncGenerator[bytes]:
        """Find an object and return its bytes from ``start`` up to before ``end``, piece by piece.

        Raises ObjectMissing and Unavailable, both before the first piece.
        """
        with _translated("get"):
            found = await obstore.get_async(self._store, key_of(sha256), options={"range": (start, end)})
        return _pieces(found.stream(min_chunk_size=READ_BYTES))

    async def exists(self, sha256: bytes) -> bool:
        """Tell whether an object is in the store. Raises Unavailable."""
        try:
            with _translated("head"):
                await obstore.head_async(self._store, key_of(sha256))
        except ObjectMissing:
            return False
        return True

    async def delete(self, sha256: bytes) -> None:
        """Remove an object; one that is gone already is no error. Raises Unavailable."""
        with contextlib.suppress(ObjectMissing), _translated("delete"):
            await obstore.delete_async(self._store, key_of(sha256))

    async def health_check(self) -> bool:
        """Tell whether the store answers (for an empty list) and the scratch folder can be written to."""
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                with _translated("list"):
                    await obstore.list_with_delimiter_async(self._store, HEALTH_PREFIX)
        except (ObjectMissing, Unavailable, TimeoutError):
            return False
        return os.access(self._scratch, os.W_OK | os.X_OK)

    async def sweep_scratch(self, *, older_than_s: float) -> int:
        """Remove scratch folders that a killed process left behind; returns how many."""
        return await asyncio.to_thread(_sweep, self._scratch, time.time() - older_than_s)


def key_of(sha256: bytes) -> str:
    """Return the place of an object: its hash, below two folders that keep directories small."""
    name = sha256.hex()
    return f"{name[:2]}/{name[2:4]}/{name}"


async def receive(chunks: AsyncIterator[bytes], file: Path, *, admit: Callable[[bytes], int]) -> Received:
    """Write a stream to a file while counting and hashing it; memory stays at one buffer.

    ``admit`` is shown the first bytes (all of a short stream), and returns how many bytes may come; what it raises
    ends the reception. Raises MediaTooLarge once there are more.
    """
    digest, size_bytes, most = hashlib.sha256(), 0, 0
    buffer = bytearray()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:

        def write(piece: bytes) -> None:
            digest.update(piece)
            target.write(piece)

        async def empty_buffer() -> None:
            with _translated("receive"):
                await asyncio.to_thread(write, bytes(buffer))
            buffer.clear()

        async for chunk in chunks:
            buffer += chunk
            size_bytes += len(chunk)
            if not most and len(buffer) >= HEAD_BYTES:
                most = admit(bytes(buffer[:HEAD_BYTES]))
            if most and size_bytes > most:
                raise MediaTooLarge(reason="bytes", limit_bytes=most)
            if len(buffer) >= BUFFER_BYTES:
                await empty_buffer()
        if not most and size_bytes > admit(bytes(buffer)):
            raise MediaTooLarge(reason="bytes")
        await empty_buffer()
    return Received(file, digest.digest(), size_bytes)


async def measure(file: Path) -> Received:
    """Hash a file that is already here."""

    def hash_it() -> Received:
        with file.open("rb") as source:
            return Received(file, hashlib.file_digest(source, "sha256").digest(), os.fstat(source.fileno()).st_size)

    return await asyncio.to_thread(hash_it)


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    async for piece in stream:
        yield piece


@contextlib.contextmanager
def _translated(action: str) -> Iterator[None]:
    """Turn what a store says into ObjectMissing or Unavailable; why stands in the log."""
    try:
        yield
    except FileNotFoundError:
        raise ObjectMissing from None
    except (BaseError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        log.error("the object store failed", action=action, reason=reason)
        raise Unavailable(retry_after_s=RETRY_AFTER_S) from error


def _open_s3(settings: Settings) -> S3Store:
    """Return the S3 store of the settings; without keys the usual AWS variables, files and roles are used."""
    url, endpoint = settings.storage_url or "", settings.storage_endpoint
    if not url.startswith("s3://"):
        raise StartError("LATENT_STORAGE_URL has to be s3://bucket/prefix, or unset for the local folder.")
    key, secret = settings.storage_access_key, settings.storage_secret_key
    if (key is None) != (secret is None):
        raise StartError("LATENT_STORAGE_ACCESS_KEY and LATENT_STORAGE_SECRET_KEY belong together; set both or none.")
    config: S3Config = {}
    if settings.storage_region:
        config["region"] = settings.storage_region
    if endpoint:
        config["endpoint"] = endpoint
    if key and secret:
        config["access_key_id"], config["secret_access_key"] = key.get_secret_value(), secret.get_secret_value()
    try:
        return S3Store.from_url(
            url,
            config=config,
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S)},
            client_options={"timeout": STORE_TIMEOUT_S, "allow_http": (endpoint or "").startswith("http://")},
        )
    except (BaseError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise StartError(f"The object store cannot be opened: {reason}") from None


def _sync(*paths: Path) -> None:
    """Make a file's bytes, or a folder's entries, outlive a power cut."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(scratch: Path, before: float) -> int:
    stale = [folder for folder in scratch.iterdir() if folder.stat().st_mtime < before]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return len(stale)
