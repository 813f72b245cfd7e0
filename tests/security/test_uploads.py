"""Files that mean harm: what they claim to be, what they hold, what they do to a decoder, how they are called."""

import asyncio
import os
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from PIL import Image, PngImagePlugin

from backend.core.config import Settings
from backend.core.errors import AppError, MediaInvalid, MediaTooLarge, Unavailable
from backend.core.media_check import MediaChecker
from backend.core.media_types import MediaFormat
from tests.support.media import bare_png, content, encode, film, moving, photo, png, quarters, sound, stored, upload
from tests.support.server import Person, RunningApp

SCRIPT = b"<script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"


def many_frames(kind: str) -> bytes:
    """Return a moving picture of 10,000 tiny frames."""
    images = [Image.new("RGB", (2, 2), (number % 256, number // 256, 0)) for number in range(10_000)]
    return encode(images[0], kind, save_all=True, append_images=images[1:], duration=10)


def iso_file(brand: bytes) -> bytes:
    return struct.pack(">I", 32) + b"ftyp" + brand + bytes(4) + brand + b"isomiso2mp41" + SCRIPT * 50


REFUSED = [
    pytest.param(lambda: SVG, "a.svg", 415, "media_type_not_allowed", id="SVG"),
    pytest.param(lambda: SVG, "a.png", 415, "media_type_not_allowed", id="SVG named PNG"),
    pytest.param(lambda: b"\n\t <SVG onload=alert(1)>", "a.txt", 415, "media_type_not_allowed", id="SVG named text"),
    pytest.param(
        lambda: b"<?xml version='1.0'?>" + SVG, "a.md", 415, "media_type_not_allowed", id="XML named Markdown"
    ),
    pytest.param(lambda: PAGE, "a.html", 415, "media_type_not_allowed", id="HTML"),
    pytest.param(lambda: PAGE, "a.jpg", 415, "media_type_not_allowed", id="HTML named JPEG"),
    pytest.param(lambda: b"\xef\xbb\xbf" + PAGE, "a.txt", 415, "media_type_not_allowed", id="HTML behind a mark"),
    pytest.param(lambda: b"hello", "a.png", 415, "media_type_not_allowed", id="text named PNG"),
    pytest.param(lambda: b"a" * 9000 + b"\x00", "a.txt", 415, "media_type_not_allowed", id="NUL late in a text"),
    pytest.param(lambda: b"caf\xe9", "a.txt", 422, "media_invalid", id="text that is no UTF-8"),
    pytest.param(lambda: b"MZ\x90\x00" + bytes(500), "a.exe", 415, "media_type_not_allowed", id="a program"),
    pytest.param(lambda: b"PK\x03\x04" + bytes(500), "a.docx", 415, "media_type_not_allowed", id="an archive"),
    pytest.param(lambda: iso_file(b"heic"), "a.heic", 415, "media_type_not_allowed", id="HEIC"),
    pytest.param(lambda: iso_file(b"avif"), "a.avif", 415, "media_type_not_allowed", id="AVIF"),
    pytest.param(lambda: film("matroska"), "a.mkv", 415, "media_type_not_allowed", id="Matroska"),
    pytest.param(lambda: film("mov", "mjpeg", None), "a.mov", 415, "media_type_not_allowed", id="a codec not listed"),
    pytest.param(lambda: iso_file(b"isom"), "a.mp4", 422, "media_invalid", id="HTML behind the head of a film"),
    pytest.param(lambda: b"ID3\x04" + bytes(6) + SCRIPT * 200, "a.mp3", 422, "media_invalid", id="HTML as sound"),
    pytest.param(lambda: b"GIF89a/*" + SCRIPT + b"*/=1;" + bytes(50), "a.gif", 422, "media_invalid", id="GIF and HTML"),
    pytest.param(lambda: png()[:-40], "a.png", 422, "media_invalid", id="PNG cut short"),
    pytest.param(lambda: photo()[:-200], "a.jpg", 422, "media_invalid", id="JPEG cut short"),
    pytest.param(lambda: film()[:1500], "a.mp4", 422, "media_invalid", id="film cut short"),
    pytest.param(lambda: film("webm", "libvpx-vp9", None)[:-1500], "a.webm", 422, "media_invalid", id="WEBM cut short"),
    pytest.param(lambda: b"%PDF-1.7\n1 0 obj", "a.pdf", 422, "media_invalid", id="PDF cut short"),
    pytest.param(lambda: b"", "a.png", 422, "media_invalid", id="nothing"),
    pytest.param(lambda: b" \n ", "a.txt", 415, "media_type_not_allowed", id="blanks"),
    pytest.param(lambda: bare_png(13_000, 13_000), "a.png", 413, "media_too_large", id="169 MP in 160 KB"),
    pytest.param(lambda: bare_png(6_400, 6_400), "a.png", 413, "media_too_large", id="41 MP"),
    pytest.param(lambda: bare_png(2_000_000, 21), "a.png", 413, "media_too_large", id="a line of 42 MP"),
    pytest.param(lambda: many_frames("GIF"), "a.gif", 413, "media_too_large", id="GIF of 10,000 frames"),
    pytest.param(lambda: many_frames("PNG"), "a.png", 413, "media_too_large", id="APNG of 10,000 frames"),
]


@pytest.mark.parametrize(("make", "name", "status", "code"), REFUSED)
async def test_what_is_not_a_sound_file_of_a_listed_format_is_refused_by_name_and_leaves_nothing(
    anna: Person, app: RunningApp, make: Any, name: str, status: int, code: str
) -> None:
    found, problem = await upload(anna, make(), name)

    assert (found, problem["code"]) == (status, code), problem
    assert (await anna.get("/api/assets"))["items"] == []
    assert [path for path in (app.container.settings.data_dir / "media").rglob("*") if path.is_file()] == []


def _with_chunk() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SCRIPT.decode())
    return encode(quarters(), "PNG", pnginfo=told)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: png() + SCRIPT, id="PNG and HTML"),
        pytest.param(lambda: photo() + SCRIPT, id="JPEG and HTML"),
        pytest.param(lambda: moving("GIF") + SCRIPT, id="moving GIF and HTML"),
        pytest.param(lambda: encode(quarters(), "GIF", comment=SCRIPT), id="HTML in a GIF's comment"),
        pytest.param(lambda: encode(quarters(), "JPEG", comment=SCRIPT), id="HTML in a JPEG's comment"),
        pytest.param(lambda: encode(quarters(), "JPEG", icc_profile=SCRIPT), id="HTML as a colour profile"),
        pytest.param(lambda: encode(quarters(), "WEBP", xmp=SCRIPT, exif=SCRIPT), id="HTML in a WEBP's metadata"),
        pytest.param(_with_chunk, id="HTML in a PNG's text"),
        pytest.param(lambda: film() + SCRIPT, id="film and HTML"),
        pytest.param(lambda: sound() + b"TAG" + SCRIPT.ljust(125), id="HTML in a sound's tag"),
    ],
)
async def test_of_a_file_that_is_two_things_only_the_picture_or_film_is_kept(anna: Person, make: Any) -> None:
    assert SCRIPT in make()
    asset = await stored(anna, make())

    assert SCRIPT not in await content(anna, asset)


NAMES = [
    pytest.param("filename*=UTF-8''..%2f..%2fetc%2fpasswd", "passwd", id="path"),
    pytest.param("filename*=UTF-8''C%3A%5Ctemp%5CCON", "CON", id="Windows path"),
    pytest.param("filename*=UTF-8''a%00b%0d%0aSet-Cookie%3A%20x.txt", "abSet-Cookie: x.txt", id="NUL and line break"),
    pytest.param("filename*=UTF-8''gpj.%E2%80%AEtxt", "gpj.txt", id="right to left"),
    pytest.param("filename*=UTF-8''..", "", id="dots"),
    pytest.param("filename*=UTF-8''" + "x" * 3900 + ".txt", "x" * 196 + ".txt", id="4,000 characters"),
    pytest.param("filename*=utf-8'zh'%E8%8C%B6%E9%A6%86.md; filename=tea.md", "茶馆.md", id="both: the star counts"),
    pytest.param('filename="tea \\"house\\".md"', 'tea "house".md', id="quoted"),
    pytest.param("filename*=UTF-8''%3Cimg%20src=x%20onerror=alert(1)%3E", None, id="not encoded as it must be"),
    pytest.param("filename*=UTF-8''%ff%fe", None, id="no UTF-8"),
    pytest.param("filename*=UTF-16''x", None, id="another character set"),
    pytest.param('filename="never closed', None, id="an open quote"),
    pytest.param("filename=a; filename=b", None, id="two names"),
    pytest.param("; ; ;", None, id="nothing but marks"),
    pytest.param("filename=" + "x" * 5000, None, id="5,000 characters"),
]


@pytest.mark.parametrize(("parameters", "kept"), NAMES)
async def test_names_are_metadata_without_paths_and_tricks(anna: Person, parameters: str, kept: str | None) -> None:
    status, answer = await upload(anna, b"text", **{"Content-Disposition": f"attachment; {parameters}"})

    if kept is None:
        assert (status, answer["code"]) == (422, "invalid_request")
        return
    assert (status, answer["name"]) == (201, kept)
    async with anna.browser.get(f"/api/assets/{answer['id']}/content") as response:
        assert response.headers.getall("Content-Disposition")[0].isascii()
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, "bad_origin", id="another site"),
        pytest.param({"Origin": "https://evil.example"}, 403, "bad_origin", id="another origin"),
        pytest.param({"Content-Encoding": "gzip"}, 415, "unsupported_media_type", id="packed"),
    ],
)
async def test_the_door_holds_for_raw_bodies_too(anna: Person, headers: dict[str, str], status: int, code: str) -> None:
    found, problem = await upload(anna, png(), **headers)

    assert (found, problem["code"]) == (status, code)


async def test_only_the_upload_route_takes_what_is_no_json(anna: Person) -> None:
    for path in ("/api/conversations", "/api/assets/", "/api/assets/x", "/api/me/password"):
        async with anna.browser.post(path, data=b"x", headers={"Content-Type": "image/png"}) as response:
            assert response.status == 415, path


async def test_a_body_that_announces_too_much_is_refused_before_it_comes(app: RunningApp) -> None:
    host, port = app.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/assets HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Length: %d\r\n\r\n" % (10 * 1024**3)
    )
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"media_too_large"' in answer


async def test_a_form_is_no_file(anna: Person) -> None:
    form = aiohttp.FormData()
    form.add_field("file", BytesIO(png()), filename="a.png")
    async with anna.browser.post("/api/assets", data=form) as response:
        assert (response.status, (await response.json())["code"]) == (415, "media_type_not_allowed")


def test_no_decoder_is_ever_loaded_into_the_process_that_serves() -> None:
    script = "import sys, backend.main; sys.exit(any(name in sys.modules for name in ('PIL', 'av')))"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A folder whose file never begins: whoever opens it waits."""
    os.mkfifo(tmp_path / "source")
    return tmp_path


@asynccontextmanager
async def check_of(folder: Path, **limits: Any) -> AsyncIterator[tuple[asyncio.Task[Any], psutil.Process]]:
    """Begin a check, and give the task and its decoding process."""
    checking = asyncio.create_task(MediaChecker(Settings(**limits)).check(folder, MediaFormat.PNG, rewrite=True))
    try:
        yield checking, await child_of(psutil.Process())
    finally:
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)


async def child_of(parent: psutil.Process) -> psutil.Process:
    """Return the decoding process of a process, once there is one that has loaded its code."""
    async with asyncio.timeout(10):
        while True:
            for child in parent.children(recursive=True):
                with no_longer_there():
                    if any("media_probe" in part for part in child.cmdline()) and child.nice() > parent.nice():
                        return child
            await asyncio.sleep(0.01)


@contextmanager
def no_longer_there() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess:
        return


async def test_a_decoder_is_killed_with_its_parent(stuck: Path) -> None:
    script = (
        "import asyncio, pathlib, sys; from backend.core.config import Settings;"
        "from backend.core.media_check import MediaChecker; from backend.core.media_types import MediaFormat;"
        "asyncio.run(MediaChecker(Settings()).check(pathlib.Path(sys.argv[1]), MediaFormat.PNG, rewrite=True))"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(stuck))
    child = await child_of(psutil.Process(parent.pid))
    parent.kill()
    await parent.wait()

    assert psutil.wait_procs([child], timeout=5)[1] == []


async def test_a_decoder_knows_no_secret_and_ends_when_nobody_waits(
    stuck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENT_KIE_API_KEY", "canary")
    async with check_of(stuck) as (_checking, child):
        assert "canary" not in str(child.environ()) + str(child.cmdline())
        assert not any(name.startswith("LATENT_") for name in child.environ())

    assert not child.is_running()


async def test_a_decoder_that_does_not_finish_in_time_is_ended(stuck: Path) -> None:
    async with check_of(stuck, media_check_timeout_s=1) as (checking, child):
        with pytest.raises(MediaTooLarge) as caught:
            await checking

    assert caught.value.params == {"reason": "time"}
    assert not child.is_running()


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGSEGV, MediaInvalid), (signal.SIGKILL, MediaTooLarge), (signal.SIGUSR1, Unavailable)],
)
async def test_a_decoder_that_crashes_takes_nothing_with_it(
    stuck: Path, number: signal.Signals, error: type[AppError]
) -> None:
    async with check_of(stuck) as (checking, child):
        child.send_signal(number)
        with pytest.raises(error):
            await checking


async def test_memory_of_a_decoder_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(bare_png(6_000, 6_000))
    with pytest.raises(MediaTooLarge) as caught:
        await MediaChecker(Settings(media_check_memory_bytes=20_000_000)).check(tmp_path, MediaFormat.PNG, rewrite=True)

    assert caught.value.params == {"reason": "memory"}


async def test_decoders_are_few_and_their_queue_is_short(stuck: Path) -> None:
    checker = MediaChecker(Settings(media_checks_at_once=1, media_checks_waiting_max=1))
    checks = [asyncio.create_task(checker.check(stuck, MediaFormat.PNG, rewrite=True)) for _ in range(3)]
    done, waiting = await asyncio.wait(checks, return_when=asyncio.FIRST_COMPLETED)

    assert [type(task.exception()) for task in done] == [Unavailable]
    await child_of(psutil.Process())
    programs = [child.as_dict(["cmdline"])["cmdline"] or () for child in psutil.Process().children()]
    assert sum("media_probe" in " ".join(program) for program in programs) == 1
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
