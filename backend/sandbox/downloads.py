"""``GET /files/<token>/<name>``: hands a file out, or what was ordered in its place."""

import asyncio
import gzip
import struct
import zlib
from collections.abc import AsyncIterator

from aiohttp import web

from backend.sandbox.faults import LinkFault
from backend.sandbox.files import FILES, Link
from backend.sandbox.state import STATE

CHUNK_BYTES = 64 * 1024
ENDLESS_BYTES_MAX = 16 * 1024 * 1024 * 1024
DRIP_S = 1.0
BOMB_SIDE = 13_000
BOMB_BYTES = 256 * 1024 * 1024
HTML = b"<!doctype html><title>Sign in</title><script>document.title='run'</script><p>Please sign in to see this file."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script><circle r="9"/></svg>'
EXPIRED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'


async def download(request: web.Request) -> web.StreamResponse:
    """Hand out the file of a link."""
    state = request.app[STATE]
    state.count("downloads")
    link = request.app[FILES].find(request.match_info["token"])
    if link is None:
        return web.Response(status=404, text="no such file")
    faults = state.faults_for(link.order or {})
    fault = faults.media.link if link.order is not None else ""
    if link.expired() or fault == "expired":
        return web.Response(status=403, body=EXPIRED, content_type="application/xml")
    try:
        return await _serve(request, link, fault, faults.chat.redirect_to)
    except (ConnectionError, asyncio.CancelledError):
        state.count("aborted_downloads")
        raise


async def _serve(request: web.Request, link: Link, fault: LinkFault, redirect_to: str | None) -> web.StreamResponse:
    match fault:
        case "404" | "403":
            return web.Response(status=int(fault), text="not here")
        case "redirect":
            return web.Response(status=302, headers={"Location": redirect_to or "/"})
        case "html":
            return web.Response(body=HTML, content_type=link.file.mime)
        case "svg":
            return web.Response(body=SVG, content_type="image/svg+xml")
        case "pixel_bomb":
            return web.Response(body=await asyncio.to_thread(pixel_bomb), content_type="image/png")
        case "gzip_bomb":
            bomb = await asyncio.to_thread(gzip.compress, bytes(BOMB_BYTES), 1)
            headers = {"Content-Encoding": "gzip", "Content-Type": link.file.mime}
            return web.Response(body=bomb, headers=headers)
        case _:
            return await _stream(request, link, fault)


async def _stream(request: web.Request, link: Link, fault: LinkFault) -> web.StreamResponse:
    """Send the file's own bytes, in the ordered manner."""
    response = web.StreamResponse(headers={"Content-Type": link.file.mime, "Cache-Control": "private"})
    if fault == "renamed":
        response.content_type = "text/html"
        response.headers["Content-Disposition"] = 'attachment; filename="../../start.html"'
    if fault not in ("endless", "drip"):
        response.content_length = link.file.size_bytes + (4096 if fault == "wrong_length" else 0)
    if fault == "truncated":
        response.content_length = link.file.size_bytes // 2
    await response.prepare(request)
    async for chunk in _pieces(link, fault):
        await response.write(chunk)
    if fault == "wrong_length" and request.transport is not None:
        request.transport.close()
        return response
    await response.write_eof()
    return response


async def _pieces(link: Link, fault: LinkFault) -> AsyncIterator[bytes]:
    whole = await asyncio.to_thread(link.file.path.read_bytes)
    match fault:
        case "drip":
            for number in range(len(whole)):
                yield whole[number : number + 1]
                await asyncio.sleep(DRIP_S)
        case "truncated":
            yield whole[: len(whole) // 2]
        case "endless":
            yield whole
            for _ in range(ENDLESS_BYTES_MAX // CHUNK_BYTES):
                yield bytes(CHUNK_BYTES)
        case _:
            for start in range(0, len(whole), CHUNK_BYTES):
                yield whole[start : start + CHUNK_BYTES]


def pixel_bomb() -> bytes:
    """Return a PNG of a few kilobytes that unpacks to 169 million pixels."""
    rows = zlib.compress(bytes((BOMB_SIDE + 7) // 8 + 1) * BOMB_SIDE, 9)
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )
