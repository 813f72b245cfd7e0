"""Files that the sandbox holds for a while: what was uploaded and what it made, each under links that expire."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web
from yarl import URL

STORED_BYTES_MAX = 1024 * 1024 * 1024
LINKS_MAX = 20_000
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk, and what it is called."""

    path: Path
    name: str
    mime: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Link:
    """An address of a file; ``order`` holds the faults that its task came with, None for an upload's link."""

    file: StoredFile
    expires_at: float
    order: dict[str, Any] | None = field(default=None)

    def expired(self) -> bool:
        """Tell whether the link's life is over."""
        return time.monotonic() >= self.expires_at


class FileStore:
    """Files in one folder; the oldest go when there are too many bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: OrderedDict[Path, StoredFile] = OrderedDict()
        self._links: OrderedDict[str, Link] = OrderedDict()
        self._bytes = 0

    def new_path(self) -> Path:
        """Return a place for a new file."""
        return self._folder / secrets.token_hex(12)

    async def receive(self, part: BodyPartReader, bytes_max: int) -> Path:
        """Write a part of a form to a new place; too many bytes end the request."""
        path, size = self.new_path(), 0
        with path.open("wb") as file:
            while chunk := await part.read_chunk(CHUNK_BYTES):
                size += len(chunk)
                if size > bytes_max:
                    break
                file.write(chunk)
        if size > bytes_max:
            self.discard(path)
            raise web.HTTPRequestEntityTooLarge(bytes_max, size)
        return path

    def add(self, path: Path, name: str, mime: str) -> StoredFile:
        """Take in a file that was written to a new place."""
        stored = StoredFile(path, name, mime, path.stat().st_size)
        self._files[path] = stored
        self._bytes += stored.size_bytes
        while self._bytes > STORED_BYTES_MAX and len(self._files) > 1:
            self._drop(next(iter(self._files)))
        return stored

    def link(self, file: StoredFile, life_s: float, order: dict[str, Any] | None = None) -> str:
        """Return the path of a new link to a file."""
        token = secrets.token_urlsafe(24)
        self._links[token] = Link(file, time.monotonic() + life_s, order)
        while len(self._links) > LINKS_MAX:
            self._links.popitem(last=False)
        return f"/files/{token}/{file.name}"

    def find(self, token: str) -> Link | None:
        """Return a link whose file is still here, expired or not."""
        link = self._links.get(token)
        return link if link is not None and link.file.path in self._files else None

    def resolve(self, url: str, origin: URL) -> Link | None:
        """Return the link that an address of our own names; None for a foreign address."""
        try:
            parsed = URL(url)
            ours = parsed.origin() == origin
        except ValueError:
            return None
        parts = parsed.parts
        return self.find(parts[2]) if ours and len(parts) == 4 and parts[1] == "files" else None

    def clear(self) -> None:
        """Drop all files and links."""
        self._links.clear()
        for path in list(self._files):
            self._drop(path)

    def _drop(self, path: Path) -> None:
        self._bytes -= self._files.pop(path).size_bytes
        self.discard(path)

    @staticmethod
    def discard(path: Path) -> None:
        """Remove what was written to a new place and not taken in."""
        path.unlink(missing_ok=True)


FILES: web.AppKey[FileStore] = web.AppKey("files", FileStore)
