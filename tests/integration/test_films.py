"""Clips joined in the decoding process: alike ones copied, unlike ones fitted; sound as long as the pictures."""

from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from backend.core.config import Settings
from backend.core.errors import MediaInvalid, MediaTooLarge
from backend.core.media_check import MediaChecker
from backend.core.media_report import SOURCE, clip_name
from backend.core.media_types import MediaFormat
from tests.support.media import RED, corner, film, png

MP4, WEBM = MediaFormat.MP4, MediaFormat.WEBM


@pytest.fixture
def checker(settings: Settings) -> MediaChecker:
    return MediaChecker(settings)


def put(folder: Path, *clips: bytes) -> None:
    for number, clip in enumerate(clips):
        (folder / clip_name(number)).write_bytes(clip)


def lengths(source: Path) -> dict[str, float]:
    """Return how long each track is, by what it decodes to."""
    with av.open(str(source)) as container:
        ends = {stream.type: 0.0 for stream in container.streams}
        for stream in container.streams:
            container.seek(0)
            for frame in container.decode(stream):
                length = frame.samples / frame.sample_rate if isinstance(frame, av.AudioFrame) else 0.1
                ends[stream.type] = max(ends[stream.type], (frame.time or 0.0) + length)
        return ends


def codecs(source: Path | BytesIO) -> list[str]:
    with av.open(source if isinstance(source, BytesIO) else str(source)) as container:
        return [stream.codec_context.name for stream in container.streams]


@pytest.mark.parametrize(
    ("clips", "formats", "tracks"),
    [
        pytest.param((film(), film(), film()), (MP4,) * 3, {"video", "audio"}, id="alike"),
        pytest.param((film(audio=None), film(audio=None)), (MP4,) * 2, {"video"}, id="without sound"),
        pytest.param((film(audio=None), film()), (MP4,) * 2, {"video", "audio"}, id="sound begins later"),
        pytest.param((film(), film("webm", "libvpx", "libopus")), (MP4, WEBM), {"video", "audio"}, id="other codecs"),
        pytest.param((film(fps=10), film(fps=25)), (MP4,) * 2, {"video", "audio"}, id="other rates"),
    ],
)
async def test_a_film_is_as_long_as_its_clips_in_sound_and_picture(
    checker: MediaChecker, tmp_path: Path, clips: tuple[bytes, ...], formats: tuple[MediaFormat, ...], tracks: set[str]
) -> None:
    put(tmp_path, *clips)

    found = lengths(await checker.join(tmp_path, formats))
    assert set(found) == tracks
    for kind, seconds in found.items():
        assert seconds == pytest.approx(2 * len(clips), abs=0.25), kind


async def test_alike_clips_are_copied_and_the_same_clips_are_the_same_bytes(
    checker: MediaChecker, tmp_path: Path
) -> None:
    put(tmp_path, film(audio=None), film(audio=None))
    first = (await checker.join(tmp_path, (MP4, MP4))).read_bytes()

    assert len(first) < 2 * len(film(audio=None))
    assert (await checker.join(tmp_path, (MP4, MP4))).read_bytes() == first


async def test_the_last_frame_is_the_picture_at_the_end(checker: MediaChecker, tmp_path: Path) -> None:
    (tmp_path / SOURCE).write_bytes(film())

    with Image.open(await checker.take_last_frame(tmp_path, MP4)) as frame:
        assert frame.size == (128, 96)
        assert corner(frame) == RED
        assert frame.getpixel((64, 48)) == pytest.approx((95, 95, 95), abs=12), "the twentieth frame's mark"


@pytest.mark.parametrize("broken", [b"", b"no film", png(), film()[:600]], ids=["empty", "text", "picture", "cut"])
async def test_what_is_no_clip_joins_nothing(checker: MediaChecker, tmp_path: Path, broken: bytes) -> None:
    put(tmp_path, film(), broken)

    with pytest.raises(MediaInvalid):
        await checker.join(tmp_path, (MP4, MP4))


async def test_films_have_limits(settings: Settings, tmp_path: Path) -> None:
    put(tmp_path, film(), film())
    for limit, reason in (({"media_duration_max_s": 3}, "duration"), ({"media_pixels_max": 100}, "pixels")):
        checker = MediaChecker(settings.model_copy(update=limit))
        with pytest.raises(MediaTooLarge) as refused:
            await checker.join(tmp_path, (MP4, MP4))
        assert refused.value.params["reason"] == reason
