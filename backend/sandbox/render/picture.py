"""Pictures: a landscape for a prompt, or the references seen in the light that the prompt asks for."""

import warnings
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

from backend.sandbox.render import things
from backend.sandbox.render.caption import print_caption
from backend.sandbox.render.mood import Mood, Palette, generator, read_mood
from backend.sandbox.render.order import RenderOrder
from backend.sandbox.render.scene import blend, compose, vertical

PAINTED_EDGE_MAX = 2048
"""Larger pictures are painted at this size and enlarged; only the caption is printed at full size."""
REFERENCE_PIXELS_MAX = 40_000_000
READABLE = ("PNG", "JPEG", "WEBP", "GIF")


def draw_picture(order: RenderOrder) -> None:
    """Write the picture that is ordered."""
    references = [load_reference(path) for path in order.references]
    size = order.size(references[0].size if references else None)
    picture = paint(order.prompt, order.seed, size, references)
    caption = print_caption(size, order.prompt, made_with(order, size), order.seed, references)
    picture.paste(caption, (0, 0), caption)
    match order.format:
        case "jpeg":
            picture.save(order.target, "JPEG", quality=90)
        case "webp":
            picture.save(order.target, "WEBP", quality=88)
        case _:
            picture.save(order.target, "PNG", compress_level=4)


def made_with(order: RenderOrder, size: tuple[int, int]) -> str:
    """Return the line that says what a result was made with."""
    return " · ".join((*order.made_with[:1], f"{size[0]}×{size[1]}", *order.made_with[1:]))


def paint(prompt: str, seed: int, size: tuple[int, int], references: list[Image.Image]) -> Image.Image:
    """Return a picture without its caption."""
    share = min(1.0, PAINTED_EDGE_MAX / max(size))
    inner = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
    rng = generator(prompt, seed)
    mood = read_mood(prompt, rng)
    base = ImageOps.fit(references[0], inner) if references else None
    picture = tone(base, mood) if base else compose(prompt, seed, *inner).view()
    if mood.birds and not references:
        things.birds(picture, blend(mood.palette.near, mood.palette.far, 0.3), rng)
    weather(picture, fall_mask(mood, inner, seed), 0.0)
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def tone(picture: Image.Image, mood: Mood) -> Image.Image:
    """Return a picture in the light of a palette, so that an edit differs from what it was made of."""
    palette = mood.palette
    duotone = ImageOps.colorize(ImageOps.grayscale(picture), black=palette.near, mid=palette.far, white=palette.light)
    toned = Image.blend(picture, duotone, 0.62)
    return ImageChops.soft_light(toned, _veil(palette, picture.size))


def _veil(palette: Palette, size: tuple[int, int]) -> Image.Image:
    grey = (128, 128, 128)
    return vertical(
        [(0.0, blend(grey, palette.zenith, 0.4)), (0.5, grey), (1.0, blend(grey, palette.near, 0.5))], *size
    )


def fall_mask(mood: Mood, size: tuple[int, int], seed: int) -> Image.Image | None:
    """Return what falls in a mood: rain, snow, or nothing."""
    rng = generator("weather", seed)
    if mood.snow:
        return things.snow(size, rng)
    return things.rain(size, rng) if mood.rain else None


def weather(picture: Image.Image, falling: Image.Image | None, share: float) -> None:
    """Let it rain or snow on a picture; ``share`` of one fall has passed."""
    if falling is not None:
        top = round(picture.height * (1 - share % 1))
        picture.paste((236, 240, 240), (0, 0), falling.crop((0, top, picture.width, top + picture.height)))


def load_reference(path: str) -> Image.Image:
    """Return a reference; raises ValueError for what is no picture or too large a one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(Path(path), formats=READABLE) as opened:
                if opened.width * opened.height > REFERENCE_PIXELS_MAX:
                    raise ValueError("the picture is too large")
                opened.draft("RGB", (PAINTED_EDGE_MAX, PAINTED_EDGE_MAX))
                return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError("the picture cannot be read") from error
