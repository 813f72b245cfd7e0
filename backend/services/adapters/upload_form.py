"""Forms that carry media: read while they are sent, with their length told beforehand."""

from uuid import uuid4

import aiohttp
from aiohttp.payload import AsyncIterablePayload

from backend.services.adapters.base import Reference

ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
}


class _SizedPayload(AsyncIterablePayload):
    """Bytes that are read as they are sent; servers that refuse chunked requests learn the length."""

    def __init__(self, reference: Reference) -> None:
        if reference.read is None:
            raise ValueError("the reference has no bytes")
        super().__init__(reference.read(), content_type=reference.mime)
        self._size = reference.size_bytes


def add_file(form: aiohttp.FormData, field: str, reference: Reference) -> str:
    """Add a medium to a form under a name that no other has; returns the name."""
    name = f"{uuid4().hex}.{ENDINGS.get(reference.mime, 'bin')}"
    form.add_field(field, _SizedPayload(reference), filename=name, content_type=reference.mime)
    return name
