"""Pictures, films and sounds made on the spot, and a browser's way to send them."""

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import quote

import av
import orjson
from PIL import Image

from tests.support.server import Person

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 160, 30), (30, 30, 200), (90, 90, 90)


def quarters(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture whose top left quarter is red, top right green, bottom left blue, bottom right grey."""
    width, height = size
    image = Image.new("RGB", size, GREY)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def corner(image: Image.Image, *, right: bool = False, bottom: bool = False) -> tuple[int, ...]:
    """Return the colour of a quarter, as the nearest of the four."""
    shown = image.convert("RGB")
    found = shown.getpixel((shown.width * (3 if right else 1) // 4, shown.height * (3 if bottom else 1) // 4))
    assert isinstance(found, tuple)
    return min((RED, GREEN, BLUE, GREY), key=lambda colour: sum(abs(a - b) for a, b in zip(colour, found, strict=True)))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the picture in a format."""
    target = BytesIO()
    image.save(target, format=kind, **options)
    return target.getvalue()


def png(size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a picture as PNG; another size is another file."""
    return encode(quarters(size), "PNG")


def photo() -> bytes:
    """Return a photograph as a telephone makes it: lying on its side, with its maker, its place, and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it
    exif[0x010F] = "Secret Maker"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (39.0, 54.0, 26.0)
    return encode(quarters((96, 64)), "JPEG", exif=exif, comment=b"Secret Comment", quality=95)


def moving(kind: str, frames: int = 6, **options: Any) -> bytes:
    """Return a moving picture."""
    images = [quarters().rotate(90 * number) for number in range(frames)]
    return encode(
        images[0], kind, save_all=True, append_images=images[1:], duration=[40 + n for n in range(frames)], **options
    )


def bare_png(width: int, height: int) -> bytes:
    """Return a black PNG of any size; it packs to almost nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    line = bytes(width + 1)
    rows = b"".join([*(packer.compress(line) for _ in range(height)), packer.flush()])
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@cache
def film(
    container: str = "mp4", video: str = "libx264", audio: str | None = "aac", *, seconds: int = 2, fps: int = 10
) -> bytes:
    """Return a film of two seconds, with a place in its metadata."""
    target = BytesIO()
    with av.open(target, "w", format=container) as out:
        out.metadata.update({"title": "Secret Title", "location": "+39.9072+116.3912/"})
        stream = out.add_stream(video, rate=fps)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuvj420p" if video == "mjpeg" else "yuv420p"
        sound = out.add_stream(audio, rate=48000) if audio else None
        for number in range(seconds * fps):
            image = quarters((128, 96))
            image.paste((number * 5 % 256,) * 3, (60, 44, 68, 52))
            for packet in stream.encode(av.VideoFrame.from_image(image)):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
        if sound is not None:
            _add_sound(out, sound, seconds * 48000 // 960)
    return target.getvalue()


@cache
def sound(container: str = "mp3", codec: str = "libmp3lame", layout: str = "fltp") -> bytes:
    """Return two seconds of silence, with a name in its metadata."""
    target = BytesIO()
    with av.open(target, "w", format=container) as out:
        out.metadata.update({"title": "Secret Title"})
        _add_sound(out, out.add_stream(codec, rate=48000), 100, layout)
    return target.getvalue()


def silence(size_bytes: int) -> bytes:
    """Return a WAV of any size."""
    shape = struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192_000, 4, 16)
    head = b"WAVEfmt " + shape + b"data" + struct.pack("<I", size_bytes)
    return b"RIFF" + struct.pack("<I", size_bytes + len(head)) + head + bytes(size_bytes)


def _add_sound(out: Any, stream: Any, frames: int, layout: str = "fltp") -> None:
    for number in range(frames):
        frame = av.AudioFrame(format=layout, layout="stereo", samples=960)
        frame.sample_rate, frame.pts = 48000, number * 960
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for packet in stream.encode(frame):
            out.mux(packet)
    for packet in stream.encode():
        out.mux(packet)


async def upload(
    person: Person, data: Any, name: str | None = None, content_type: str = "application/octet-stream", **headers: str
) -> tuple[int, Any]:
    """Send a file as the web client does; returns the status and the parsed answer."""
    sent = {"Content-Type": content_type, **headers}
    if name is not None:
        sent["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    body = BytesIO(data) if isinstance(data, bytes) else data
    async with person.browser.post("/api/assets", data=body, headers=sent) as response:
        return response.status, orjson.loads(await response.read())


async def stored(person: Person, data: bytes, name: str | None = None) -> dict[str, Any]:
    """Send a file that is taken, and return the asset."""
    status, asset = await upload(person, data, name)
    assert status in (200, 201), asset
    assert isinstance(asset, dict)
    return asset


async def content(person: Person, asset: dict[str, Any], part: str = "content") -> bytes:
    """Return the bytes of an asset."""
    async with person.browser.get(f"/api/assets/{asset['id']}/{part}") as response:
        assert response.status == 200, await response.text()
        return await response.read()
