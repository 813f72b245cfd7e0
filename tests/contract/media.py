"""Looks into pictures, clips and sounds, and makes small ones to hand in."""

import io
from dataclasses import dataclass

import aiohttp
import av
from PIL import Image, ImageStat

from backend.services.adapters.base import TaskProgress


@dataclass(frozen=True)
class Clip:
    """What a decoded clip is."""

    width: int
    height: int
    seconds: float
    frames: int
    codec: str
    pixels: str
    audio_seconds: float | None
    first: Image.Image
    last: Image.Image


def paint(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    """Return a PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def open_picture(content: bytes) -> Image.Image:
    """Decode a picture, whole."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def open_clip(content: bytes) -> Clip:
    """Decode a clip, every frame and every sample of it."""
    with av.open(io.BytesIO(content)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        codec, pixels, rate = video.codec_context.name, str(video.codec_context.pix_fmt), video.average_rate
    with av.open(io.BytesIO(content)) as container:
        sound = (
            [frame.samples / frame.sample_rate for frame in container.decode(audio=0)]
            if container.streams.audio
            else None
        )
    assert rate is not None
    return Clip(
        frames[0].width, frames[0].height, len(frames) / float(rate), len(frames), codec, pixels,
        sum(sound) if sound is not None else None, frames[0].to_image(), frames[-1].to_image(),
    )  # fmt: skip


def mean(picture: Image.Image) -> tuple[float, float, float]:
    """Return the mean colour of a picture's upper half, where no caption is."""
    upper = picture.convert("RGB").crop((0, 0, picture.width, picture.height // 2))
    red, green, blue = ImageStat.Stat(upper).mean
    return red, green, blue


async def fetch(web: aiohttp.ClientSession, progress: TaskProgress) -> bytes:
    """Return the bytes of a task's first result."""
    url = progress.results[0].url
    assert url is not None
    async with web.get(url) as response:
        assert response.status == 200
        return await response.read()
