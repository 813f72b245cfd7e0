"""The print at a picture's lower edge: prompt, what it was made with, a strip of its own colours, its references."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from backend.sandbox.render.mood import Colour, fingerprint

PAPER: Colour = (232, 235, 230)
FAINT: Colour = (178, 185, 180)
SAFELIGHT: Colour = (255, 130, 85)
ROOM: Colour = (17, 19, 18)
WIDE_FROM = "\u2e80"
THUMBS_MAX = 6
CJK_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("C:/Windows/Fonts/simhei.ttf", 0),
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def print_caption(
    size: tuple[int, int], prompt: str, caption: str, seed: int, references: list[Image.Image]
) -> Image.Image:
    """Return a transparent picture of a size with the caption at its lower edge."""
    sheet = Image.new("RGBA", size)
    unit = max(9, round((size[0] * size[1]) ** 0.5 * 0.0215))
    margin = round(unit * 1.7)
    band = round(unit * 7)
    curve = [round(225 * (value / 255) ** 0.95) for value in range(256)]
    if references:  # their own print may stand there: cover it
        curve = [min(255, round(value * 2.6)) for value in range(256)]
    shade = Image.linear_gradient("L").point(curve)
    strip = Image.new("RGBA", (size[0], band), (*ROOM, 0))
    strip.putalpha(shade.resize((size[0], band), Image.Resampling.BICUBIC))
    sheet.paste(strip, (0, size[1] - band))
    draw = ImageDraw.Draw(sheet)
    foot = size[1] - margin
    room = size[0] - 2 * margin - _test_strip(draw, (size[0] - margin, foot), unit, prompt, seed)
    small, large = load_font(round(unit * 0.86)), load_font(round(unit * 1.22))
    line = f"{caption} · #{fingerprint(prompt, seed)}"
    draw.text((margin + unit, foot), _fit(draw, line, small, room - unit), FAINT, small, anchor="ls")
    draw.rectangle((margin, foot - round(unit * 0.52), margin + round(unit * 0.46), foot - 1), fill=SAFELIGHT)
    if words := _fit(draw, printable(prompt), large, room):
        draw.text((margin, foot - round(unit * 1.5)), words, PAPER, large, anchor="ls")
    _thumbnails(sheet, references, (size[0] - margin, size[1] - round(unit * 4)), unit)
    return sheet


def printable(text: str) -> str:
    """Return what of a text this machine has letters for; without a Chinese font the colours must tell."""
    line = " ".join(text.split())
    if _font_file() is not None:
        return line
    return "".join(letter for letter in line if letter < WIDE_FROM).strip()


@lru_cache(maxsize=16)
def load_font(size: int) -> Font:
    """Return a font with Chinese letters where the machine has one, else Pillow's own."""
    found = _font_file()
    return ImageFont.truetype(found[0], size, index=found[1]) if found else ImageFont.load_default(size)


@lru_cache(maxsize=1)
def _font_file() -> tuple[str, int] | None:
    return next((font for font in CJK_FONTS if Path(font[0]).is_file()), None)


def _fit(draw: ImageDraw.ImageDraw, text: str, font: Font, room: int) -> str:
    """Return a text cut to a width."""
    text = text[:300]
    if draw.textlength(text, font) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if draw.textlength(f"{text[:middle]}…", font) <= room else (low, middle - 1)
    return f"{text[:low].rstrip()}…" if low else ""


def _test_strip(draw: ImageDraw.ImageDraw, corner: tuple[int, int], unit: int, prompt: str, seed: int) -> int:
    """Print patches that only this prompt and seed have; returns the width they take."""
    marks = bytes.fromhex(fingerprint(prompt, seed) + fingerprint(prompt, seed + 1))
    side = round(unit * 0.7)
    for number, mark in enumerate(marks[:5]):
        left = corner[0] - (5 - number) * (side + 2)
        colour = (90 + mark % 128, 90 + mark * 7 % 128, 90 + mark * 29 % 128)
        draw.rectangle((left, corner[1] - side, left + side - 1, corner[1] - 1), fill=colour)
    return 5 * (side + 2) + unit


def _thumbnails(sheet: Image.Image, references: list[Image.Image], corner: tuple[int, int], unit: int) -> None:
    """Lay small prints of the references above the caption, right-aligned."""
    side = unit * 4
    for number, reference in enumerate(references[:THUMBS_MAX]):
        thumb = ImageOps.expand(ImageOps.fit(reference, (side, side)), border=max(1, unit // 9), fill=PAPER)
        left = corner[0] - thumb.width - number * (thumb.width + unit // 2)
        sheet.paste(thumb, (left, corner[1] - thumb.height))
