"""The sandbox's own reaching out: addresses in requests are fetched within limits, inner ones never."""

import asyncio
from pathlib import Path

import aiohttp
from aiohttp import web
from yarl import URL

from backend.core.http import OutboundHttp

FETCH_S_MAX = 30.0
CHUNK_BYTES = 64 * 1024


class FetchFailed(Exception):
    """The address gave nothing; the text says why."""


async def fetch(http: OutboundHttp, url: str, path: Path, bytes_max: int) -> str:
    """Write what is at a public address to a file and return its type. Raises FetchFailed."""
    try:
        parsed = URL(url)
        async with asyncio.timeout(FETCH_S_MAX):
            session = http.session_for(parsed)
            async with session.get(parsed, allow_redirects=False) as response:
                if response.status != 200:
                    raise FetchFailed(f"the address answers {response.status}")
                await _write(response, path, bytes_max)
                return response.content_type
    except (TimeoutError, ValueError, OSError, aiohttp.ClientError) as error:
        raise FetchFailed(f"the address cannot be reached: {type(error).__name__}") from error


async def _write(response: aiohttp.ClientResponse, path: Path, bytes_max: int) -> None:
    size = 0
    with path.open("wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > bytes_max:
                raise FetchFailed("the file is too large")
            file.write(chunk)


OUTBOUND: web.AppKey[OutboundHttp] = web.AppKey("outbound", OutboundHttp)
