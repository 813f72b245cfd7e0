"""Results of a hostile provider: where its links lead, how its bytes come, what they are."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import psutil
import pytest
from yarl import URL

from backend.core.errors import (
    AppError,
    DownloadBroken,
    DownloadGone,
    DownloadTimeout,
    DownloadUnreachable,
    MediaInvalid,
    MediaTooLarge,
    UrlNotAllowed,
)
from backend.core.http import OutboundHttp
from backend.core.media_types import AssetKind
from backend.services.media_download import MediaDownloader
from tests.support.media import content, film, png, silence
from tests.support.server import Person, RunningApp

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]
TYPE = b"Content-Type: image/png\r\n"


@dataclass
class Hostile:
    """A server that says exactly what it is told to, whoever asks for what."""

    play: Play
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    visits: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self.play(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def hostile(play: Play) -> AsyncIterator[Hostile]:
    server = Hostile(play)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server
    for visit in server.visits:
        visit.cancel()
    await asyncio.gather(*server.visits, return_exceptions=True)


def says(*parts: bytes, status: str = "200 OK", headers: bytes = TYPE, length: int | None = None) -> Play:
    """Return the play of a plain answer; ``length`` is what it claims."""

    async def play(writer: asyncio.StreamWriter) -> None:
        claimed = sum(map(len, parts)) if length is None else length
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {claimed}\r\n".encode() + headers + b"\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return play


def drips(begin: bytes, drop: bytes, pause_s: float) -> Play:
    """Return the play of an answer that never ends."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while drop:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause_s)
        await asyncio.Event().wait()

    return play


@dataclass
class Desk:
    """Downloads for Anna."""

    anna: Person
    app: RunningApp

    async def fetch(
        self, server: Hostile, address: str | None = None, *, expected: AssetKind = AssetKind.IMAGE
    ) -> dict[str, object]:
        """Fetch from a server that is the provider's own; returns the asset's id."""
        http = OutboundHttp([f"127.0.0.1:{server.port}"])
        limits = {"asset_image_bytes_max": 30_000_000, "download_grace_s": 0.3, "download_max_s": 5.0}
        downloader = MediaDownloader(
            http, self.app.container.assets, self.app.container.settings.model_copy(update=limits)
        )
        try:
            row = await downloader.download(
                UUID(self.anna.user["id"]), address or f"{server.url}/result", expected=expected, home=URL(server.url)
            )
        finally:
            await http.close()
        return {"id": row.id}

    async def has_nothing(self) -> bool:
        """Tell whether no asset, no object and no scratch is left."""
        media = self.app.container.settings.data_dir / "media"
        return not (await self.anna.get("/api/assets"))["items"] and [*media.rglob("*")] == [media / "incoming"]


@pytest.fixture
def desk(anna: Person, app: RunningApp) -> Desk:
    return Desk(anna, app)


async def test_a_result_is_stored_as_it_came_and_nothing_tells_who_asks(desk: Desk) -> None:
    async with hostile(says(png())) as server:
        asset = await desk.fetch(server)

    assert await content(desk.anna, asset) == png()
    for name in (b"authorization", b"cookie", b"referer"):
        assert name not in server.requests[0].lower()


async def test_three_redirects_are_followed_and_no_more(desk: Desk) -> None:
    left = 3

    async def play(writer: asyncio.StreamWriter) -> None:
        nonlocal left
        left -= 1
        redirect = says(status="302 Found", headers=b"Location: /next\r\n")
        await (says(png()) if left < 0 else redirect)(writer)

    async with hostile(play) as server:
        await desk.fetch(server)
        assert len(server.requests) == 4
        left = 4
        with pytest.raises(UrlNotAllowed):
            await desk.fetch(server)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_to_another_inner_host(desk: Desk, status: int) -> None:
    async with hostile(says(png())) as inner:
        play = says(status=f"{status} Moved", headers=f"Location: {inner.url}/latest/meta-data\r\n".encode())
        async with hostile(play) as server:
            with pytest.raises(UrlNotAllowed):
                await desk.fetch(server)

    assert inner.requests == []
    assert await desk.has_nothing()


ADDRESSES = [
    "https://127.0.0.1/x", "https://[::1]/x", "https://[::ffff:7f00:1]/x", "https://169.254.169.254/x",
    "https://localhost/x", "https://0x7f000001/x", "https://127。0。0。1/x", "https://①②⑦.⓪.⓪.①/x", "https://2130706433/x",
    "http://127.0.0.1/x", "http://93.184.216.34/x", "https://93.184.216.34:8443/x", "file:///etc/passwd", "/etc/passwd",
    "data:image/png;base64,AAAA", "gopher://127.0.0.1/x", "ftp://127.0.0.1/x", "//127.0.0.1/x", "https://", "https:///x",
    "https://user:password@127.0.0.1/x", "https://a\\@127.0.0.1/x", "https://[::1", " ", "x" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
async def test_addresses_that_are_not_fetched_whoever_names_them(desk: Desk, address: str) -> None:
    async with hostile(says(png())) as server:
        with pytest.raises(UrlNotAllowed):
            await desk.fetch(server, address)

    assert server.requests == []


HEAD = b"HTTP/1.1 200 OK\r\n" + TYPE
ENDLESS = HEAD + b"\r\n"
BOMB = gzip.compress(bytes(50_000_000))
CASES = [
    pytest.param(says(b"<!DOCTYPE html><p>expired</p>"), MediaInvalid, id="HTML as picture"),
    pytest.param(says(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), MediaInvalid, id="SVG as picture"),
    pytest.param(says(film()), MediaInvalid, id="a film as picture"),
    pytest.param(says(png()[:-40]), MediaInvalid, id="a picture cut short"),
    pytest.param(says(b""), MediaInvalid, id="nothing"),
    pytest.param(says(BOMB, headers=b"Content-Encoding: gzip\r\n"), MediaInvalid, id="gzip bomb"),
    pytest.param(says(BOMB), MediaInvalid, id="gzip bomb that does not say so"),
    pytest.param(says(png(), length=10 * 1024**3), MediaTooLarge, id="announces 10 GB"),
    pytest.param(drips(ENDLESS + png()[:40], bytes(65536), 0), MediaTooLarge, id="picture without an end"),
    pytest.param(drips(ENDLESS, b"<html>" * 10_000, 0), MediaInvalid, id="HTML without an end"),
    pytest.param(says(png(), length=len(png()) + 100), DownloadBroken, id="shorter than announced"),
    pytest.param(
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + png(), b"", 0), DownloadTimeout, id="falls silent"
    ),
    pytest.param(
        says(b"zz\r\n", headers=b"Transfer-Encoding: chunked\r\n"), DownloadBroken, id="no length that is one"
    ),
    pytest.param(drips(b"", b"", 0), DownloadTimeout, id="says nothing"),
    pytest.param(drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05), DownloadTimeout, id="headers without an end"),
    pytest.param(drips(ENDLESS + png()[:40], b"x", 0.02), DownloadTimeout, id="a byte at a time"),
    pytest.param(says(headers=b"X: " + b"x" * 100_000 + b"\r\n"), DownloadBroken, id="a header of 100 KB"),
    pytest.param(says(b"SSH-2.0", status="nonsense"), DownloadBroken, id="no HTTP"),
    pytest.param(says(b"gone", status="404 Not Found"), DownloadGone, id="404"),
    pytest.param(says(b"expired", status="403 Forbidden"), DownloadGone, id="403"),
    pytest.param(says(b"busy", status="429 Too Many Requests"), DownloadUnreachable, id="429"),
    pytest.param(says(b"broken", status="503 Service Unavailable"), DownloadUnreachable, id="503"),
    pytest.param(says(png(), status="206 Partial Content"), DownloadBroken, id="a part that nobody asked for"),
]


@pytest.mark.parametrize(("play", "error"), CASES)
async def test_what_a_hostile_provider_sends_fails_by_name_and_leaves_nothing(
    desk: Desk, play: Play, error: type[AppError]
) -> None:
    async with hostile(play) as server:
        before = psutil.Process().memory_info().rss
        with pytest.raises(error):
            await desk.fetch(server)
        grown = psutil.Process().memory_info().rss - before

    assert grown < 25_000_000
    assert await desk.has_nothing()


async def test_a_host_that_is_not_there_is_unreachable(desk: Desk) -> None:
    async with hostile(says(png())) as server:
        pass
    with pytest.raises(DownloadUnreachable):
        await desk.fetch(server)


async def test_a_big_result_does_not_lie_in_memory(desk: Desk) -> None:
    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(ENDLESS + silence(80_000_000)[:44])
        for _ in range(80):
            writer.write(bytes(1_000_000))
            await writer.drain()

    async with hostile(play) as server:
        before = psutil.Process().memory_info().rss
        asset = await desk.fetch(server, expected=AssetKind.AUDIO)
        grown = psutil.Process().memory_info().rss - before

    assert (await desk.anna.get(f"/api/assets/{asset['id']}"))["size_bytes"] == 80_000_044
    assert grown < 40_000_000
