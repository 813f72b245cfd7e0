"""A body that is a file as it is: read chunk by chunk."""

import asyncio
from contextlib import suppress
from typing import Any, Self

from fastapi import Request
from starlette.requests import ClientDisconnect

from backend.core.errors import MalformedRequest

DRAIN_BYTES_MAX = 64 * 1024 * 1024
DRAIN_MAX_S = 10.0
RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, as it is; its type is found from its bytes.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How such a body stands in the API document."""


class RawBody:
    """The raw body, chunk by chunk; raises MalformedRequest when its sender leaves."""

    def __init__(self, request: Request) -> None:
        self._stream = request.stream()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._stream)
        except ClientDisconnect:
            raise MalformedRequest from None

    async def drain(self) -> None:
        """Let a refused file come to its end, within bounds: clients read no answer before they have sent all."""
        drained = 0
        with suppress(TimeoutError, MalformedRequest):
            async with asyncio.timeout(DRAIN_MAX_S):
                async for chunk in self:
                    drained += len(chunk)
                    if drained > DRAIN_BYTES_MAX:
                        return
