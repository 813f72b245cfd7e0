"""Clips: the camera moves past a landscape, or over a given picture towards another; H.264 that every browser plays."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageOps

from backend.sandbox.render import things
from backend.sandbox.render.caption import SAFELIGHT, print_caption
from backend.sandbox.render.mood import generator
from backend.sandbox.render.order import RenderOrder, Shot
from backend.sandbox.render.picture import fall_mask, load_reference, made_with, weather
from backend.sandbox.render.scene import blend, compose
from backend.sandbox.render.sound import RATE_HZ, encode_sound

FRAMES_PER_S = 24
FALL_S = 2.4
ZOOM = 0.08
BT709 = 1

Camera = Callable[[float], Image.Image]
"""Gives the picture at a share (0 to 1) of the shot."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Pictures that a clip begins with, ends with, or is in the spirit of."""

    first: Image.Image | None
    last: Image.Image | None
    references: list[Image.Image]


def draw_video(order: RenderOrder) -> None:
    """Write the clip that is ordered."""
    frames = Frames(
        load_reference(order.first_frame) if order.first_frame else None,
        load_reference(order.last_frame) if order.last_frame else None,
        [load_reference(path) for path in order.references],
    )
    given = frames.first or frames.last or next(iter(frames.references), None)
    size = order.size(given.size if given else None)
    with av.open(order.target, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = _add_video(container.add_stream("libx264", rate=FRAMES_PER_S), size)
        sound = container.add_stream("aac", rate=RATE_HZ, layout="mono") if order.sound else None
        for number, picture in enumerate(_all_frames(order, size, frames)):
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if isinstance(sound, AudioStream):
            encode_sound(container, sound, order.seed, sum(shot.seconds for shot in order.shots))


def _add_video(stream: VideoStream, size: tuple[int, int]) -> VideoStream:
    (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
    stream.options = {"preset": "veryfast", "crf": "24", "g": str(FRAMES_PER_S * 2)}
    context = stream.codec_context
    context.thread_count = 1
    context.colorspace = context.color_primaries = context.color_trc = BT709
    return stream


def _all_frames(order: RenderOrder, size: tuple[int, int], frames: Frames) -> Iterator[Image.Image]:
    """Yield every frame of a clip, shot after shot, with its print and a thin line that tells the time."""
    total = sum(_count(shot) for shot in order.shots)
    shown = 0
    for number, shot in enumerate(order.shots):
        label = made_with(order, size) + (f" · {number + 1}/{len(order.shots)}" if len(order.shots) > 1 else "")
        given = frames if number == 0 else Frames(None, None, frames.references)
        camera = _camera(shot, order.seed + number, size, given)
        known = [picture for picture in (given.first, given.last, *given.references) if picture is not None]
        caption = print_caption(size, shot.prompt, label, order.seed + number, known)
        for index in range(_count(shot)):
            picture = camera(index / max(1, _count(shot) - 1))
            picture.paste(caption, (0, 0), caption)
            shown += 1
            edge = max(2, size[1] // 240)
            line = (0, size[1] - edge, round(size[0] * shown / total), size[1])
            ImageDraw.Draw(picture).rectangle(line, fill=SAFELIGHT)
            yield picture


def _count(shot: Shot) -> int:
    return max(1, round(shot.seconds * FRAMES_PER_S))


def _camera(shot: Shot, seed: int, size: tuple[int, int], frames: Frames) -> Camera:
    """Return the camera of one shot: over the first picture, over to the last one, or past a landscape."""
    start = _over(frames.first, size, inwards=True) if frames.first else _landscape(shot, seed, size)
    if frames.last is None:
        return start
    end = _over(frames.last, size, inwards=False)

    def dissolve(share: float) -> Image.Image:
        mix = _ease((share - 0.35) / 0.6)
        if mix <= 0:
            return start(share)
        return end(share) if mix >= 1 else Image.blend(start(share), end(share), mix)

    return dissolve


def _landscape(shot: Shot, seed: int, size: tuple[int, int]) -> Camera:
    scene = compose(shot.prompt, seed, *size)
    mood = scene.mood
    falling = fall_mask(mood, size, seed)
    flock = blend(mood.palette.near, mood.palette.far, 0.3)
    rightwards = generator(shot.prompt, seed).random() < 0.5

    def look(share: float) -> Image.Image:
        picture = scene.view(0.1 + 0.8 * (share if rightwards else 1 - share))
        if mood.birds:
            things.birds(picture, flock, random.Random(seed), drift=share * shot.seconds / 10)
        weather(picture, falling, share * shot.seconds / FALL_S)
        return picture

    return look


def _over(source: Image.Image, size: tuple[int, int], *, inwards: bool) -> Camera:
    """Return a slow move into a picture, or out of it: a first frame starts whole, a last one ends whole."""
    whole = ImageOps.fit(source, size)

    def look(share: float) -> Image.Image:
        zoom = ZOOM * _ease(share if inwards else 1 - share) / 2
        box = (size[0] * zoom, size[1] * zoom, size[0] * (1 - zoom), size[1] * (1 - zoom))
        return whole.resize(size, Image.Resampling.BILINEAR, box=box)

    return look


def _ease(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
