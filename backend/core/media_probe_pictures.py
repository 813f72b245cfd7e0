"""Pictures, inside the decoding process: decoded in full, turned upright, written anew without their metadata."""

import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import GifImagePlugin, Image, ImageCms, ImageOps, JpegImagePlugin

from backend.core.media_probe import run
from backend.core.media_report import CONTENT, SOURCE, THUMBNAIL, MediaReport, Question, Refused, Verdict
from backend.core.media_types import MediaFormat

PLUGIN: Mapping[MediaFormat, str] = {
    MediaFormat.PNG: "PNG",
    MediaFormat.JPEG: "JPEG",
    MediaFormat.WEBP: "WEBP",
    MediaFormat.GIF: "GIF",
}
THUMBNAIL_SIDE = 512
THUMBNAIL_QUALITY = 80
LOSSY_QUALITY = 92
MOVING_FACTOR = 5
"""All frames together may have this many times the pixels of one still picture."""
WEBP_HEAD_BYTES = 64 * 1024

Encoding = dict[str, Any]
"""What a plugin's ``save`` is told; the names are Pillow's."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What moves in a picture: how long each frame is shown, how often all of them, whether any is see-through."""

    durations_ms: tuple[int, ...]
    loop: int | None
    transparent: bool


def look_at_picture(question: Question) -> MediaReport:
    """Decode every frame, write the thumbnail, and, where asked, the picture anew. Raises Refused."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = question.pixels_max
    GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
    try:
        with Image.open(Path(question.folder) / SOURCE, formats=(PLUGIN[question.found],)) as image:
            frames = _decode_all(image, question)
            if len(frames.durations_ms) > 1:
                return _keep_moving(image, frames, question)
            return _keep_still(image, question)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(Verdict.TOO_LARGE, "pixels") from None


def write_thumbnail(image: Image.Image, target: Path) -> None:
    """Write the picture with at most 512 pixels a side; the picture itself is used up."""
    if image.mode.startswith("I"):  # 16 bits of grey: a plain conversion would show all of it white
        image = image.point(lambda level: level / 256).convert("L")
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.info = {}
    image.save(target, format="WEBP", quality=THUMBNAIL_QUALITY)


def _decode_all(image: Image.Image, question: Question) -> Frames:
    """Decode all frames, one at a time; ends at the first one again. Raises Refused for too many."""
    durations: list[int] = []
    pixels = 0
    transparent = False
    while True:
        _check_pixels(image.size, question)
        pixels += image.size[0] * image.size[1]
        if len(durations) == question.frames_max or pixels > question.pixels_max * MOVING_FACTOR:
            raise Refused(Verdict.TOO_LARGE, "frames")
        image.load()
        durations.append(int(image.info.get("duration", 0)))
        transparent = transparent or image.has_transparency_data
        if question.found is MediaFormat.JPEG:  # a second picture behind the first is the camera's own business
            break
        try:
            image.seek(len(durations))
        except EOFError:
            break
    if len(durations) > 1:
        image.seek(0)
        image.load()
    return Frames(tuple(durations), image.info.get("loop"), transparent)


def _check_pixels(size: tuple[int, int], question: Question) -> None:
    if size[0] * size[1] > question.pixels_max:
        raise Refused(Verdict.TOO_LARGE, "pixels")


def _keep_still(image: Image.Image, question: Question) -> MediaReport:
    folder = Path(question.folder)
    encoding = _still_encoding(image, question)
    _turn_upright(image)
    still = _in_common_colours(image)
    if question.found is MediaFormat.JPEG and still.mode not in ("L", "RGB"):
        still = still.convert("RGB")
    still.info = {"transparency": still.info["transparency"]} if "transparency" in still.info else {}
    if question.rewrite:
        still.save(folder / CONTENT, format=PLUGIN[question.found], **encoding)
    report = MediaReport(question.found, still.width, still.height)
    write_thumbnail(still, folder / THUMBNAIL)
    return report


def _still_encoding(image: Image.Image, question: Question) -> Encoding:
    """Return how to write a picture so that it loses as little as can be: a JPEG keeps its own tables."""
    match question.found:
        case MediaFormat.JPEG if isinstance(image, JpegImagePlugin.JpegImageFile) and image.mode in ("L", "RGB"):
            sampling = JpegImagePlugin.get_sampling(image)
            own = {"qtables": image.quantization, "subsampling": sampling if sampling >= 0 else "4:2:0"}
            return {**own, "optimize": True}
        case MediaFormat.JPEG:
            return {"quality": LOSSY_QUALITY, "optimize": True}
        case MediaFormat.WEBP:
            return {"lossless": _is_lossless_webp(question), "quality": LOSSY_QUALITY, "method": 4}
        case _:
            return {}


def _turn_upright(image: Image.Image) -> None:
    """Turn the picture as it is meant to be seen; an orientation that cannot be read is none."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error):
        return


def _keep_moving(image: Image.Image, frames: Frames, question: Question) -> MediaReport:
    """Write all frames anew; Pillow composes them one by one from the open picture."""
    folder = Path(question.folder)
    if question.rewrite:
        encoding: Encoding = {"save_all": True, "duration": list(frames.durations_ms), "icc_profile": None}
        if frames.loop is not None:
            encoding["loop"] = frames.loop
        match question.found:
            case MediaFormat.GIF:
                encoding |= {"comment": b"", **({"disposal": 2} if frames.transparent else {})}
            case MediaFormat.PNG:
                encoding |= {"default_image": False, "disposal": 0, "blend": 0}
            case _:
                encoding |= {"lossless": _is_lossless_webp(question), "quality": LOSSY_QUALITY}
        image.save(folder / CONTENT, format=PLUGIN[question.found], **encoding)
        image.seek(0)
    report = MediaReport(question.found, image.width, image.height, sum(frames.durations_ms))
    write_thumbnail(image.copy(), folder / THUMBNAIL)
    return report


def _is_lossless_webp(question: Question) -> bool:
    """Tell whether the picture was stored without loss: the name of its first bitstream says so."""
    with (Path(question.folder) / SOURCE).open("rb") as file:
        head = file.read(WEBP_HEAD_BYTES)
    lossy, lossless = head.find(b"VP8 "), head.find(b"VP8L")
    return lossless >= 0 and (lossy < 0 or lossless < lossy)


def _in_common_colours(image: Image.Image) -> Image.Image:
    """Return the picture in sRGB, which every viewer and model assumes; a profile that cannot be read is dropped."""
    profile = image.info.get("icc_profile")
    mode = {"RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB"}.get(image.mode)
    if not profile or mode is None:
        return image
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return converted if converted is not None else image


if __name__ == "__main__":
    run(look_at_picture)
